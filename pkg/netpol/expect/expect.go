// Package expect holds a cluster to what people expect of it: who may reach whom,
// written in files beside the manifests. The answer is exact over all pods,
// addresses and ports; where an expectation does not hold, it names a flow that
// shows it.
package expect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Expectation is what has to be so between two ends, or about who reaches one.
type Expectation struct {
	Name string
	From string // "" with Only
	To   string
	// Only are the ends that may reach To, besides which nobody may; nil without.
	Only  []string
	Ports ports.Set
	Allow bool // every port is allowed; otherwise, none is

	File string
	Line int
}

// String returns the name, or else what is expected.
func (e *Expectation) String() string {
	switch {
	case e.Name != "":
		return e.Name
	case e.Only != nil && len(e.Only) == 0:
		return "nobody reaches " + e.To
	case e.Only != nil:
		return "only " + strings.Join(e.Only, ", ") + " may reach " + e.To
	case e.Allow:
		return e.From + " reaches " + e.To
	}
	return e.From + " does not reach " + e.To
}

// Parse reads expectations from YAML or JSON.
func Parse(data []byte, file string) ([]Expectation, error) {
	var out []Expectation
	documents := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc yaml.Node
		err := documents.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if len(doc.Content) == 0 {
			continue
		}
		list, err := readDocument(doc.Content[0])
		if err != nil {
			return nil, fmt.Errorf("%s:%w", file, err)
		}
		out = append(out, list...)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: there is no expectation in it; want a list under \"expect\"", file)
	}
	for i := range out {
		out[i].File = file
	}
	return out, nil
}

// refusal is what is wrong on a line.
func refusal(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%d: %w", n.Line, fmt.Errorf(format, args...))
}

func readDocument(n *yaml.Node) ([]Expectation, error) {
	var out []Expectation
	err := eachField(n, func(key, value *yaml.Node) error {
		if key.Value != "expect" {
			return refusal(key, "there is no field %q here; want \"expect\"", key.Value)
		}
		if value.Kind != yaml.SequenceNode {
			return refusal(value, "expect: want a list")
		}
		for _, entry := range value.Content {
			e, err := readExpectation(entry)
			if err != nil {
				return err
			}
			out = append(out, e)
		}
		return nil
	})
	return out, err
}

func eachField(n *yaml.Node, visit func(key, value *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return refusal(n, "want a mapping")
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			return refusal(key, "key %q is given twice", key.Value)
		}
		seen[key.Value] = true
		if err := visit(key, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func readExpectation(n *yaml.Node) (Expectation, error) {
	e := Expectation{Line: n.Line, Ports: ports.All()}
	var allow *bool
	err := eachField(n, func(key, value *yaml.Node) error {
		var err error
		switch key.Value {
		case "name":
			e.Name, err = readText(value)
		case "from":
			e.From, err = readEnd(value)
		case "to":
			e.To, err = readEnd(value)
		case "only":
			e.Only = []string{}
			err = eachEntry(value, func(entry *yaml.Node) error {
				end, err := readEnd(entry)
				e.Only = append(e.Only, end)
				return err
			})
		case "ports":
			e.Ports, err = readPorts(value)
		case "allow":
			if value.Tag != "!!bool" || value.Decode(&allow) != nil {
				err = refusal(value, "allow: want true or false")
			}
		default:
			err = refusal(key, "there is no field %q here; want name, from, to, ports, allow or only", key.Value)
		}
		return err
	})
	if err != nil {
		return e, err
	}
	switch {
	case e.To == "":
		return e, refusal(n, "to: want an end")
	case e.Only != nil && (e.From != "" || allow != nil):
		return e, refusal(n, "only: stands for from and allow; leave those out")
	case e.Only == nil && (e.From == "" || allow == nil):
		return e, refusal(n, "want from and allow, or only")
	}
	e.Allow = allow != nil && *allow
	return e, nil
}

func readText(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		return "", refusal(n, "want a text")
	}
	return n.Value, nil
}

// readEnd reads an end and checks its form; what it stands for depends on a cluster.
func readEnd(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		return "", refusal(n, "want a namespace, namespace/name, namespace/Kind/name, namespace:label=value, an address, a range or outside")
	}
	if _, err := parseEnd(n.Value); err != nil {
		return "", refusal(n, "%w", err)
	}
	return n.Value, nil
}

func eachEntry(n *yaml.Node, visit func(*yaml.Node) error) error {
	if n.Kind != yaml.SequenceNode {
		return refusal(n, "want a list")
	}
	for _, entry := range n.Content {
		if err := visit(entry); err != nil {
			return err
		}
	}
	return nil
}

// readPorts reads entries such as 8080, 53/UDP, 8000-8010 and UDP, which is all
// ports of a protocol.
func readPorts(n *yaml.Node) (ports.Set, error) {
	var out ports.Set
	err := eachEntry(n, func(entry *yaml.Node) error {
		one, err := parsePorts(entry.Value)
		out = out.Union(one)
		if err != nil {
			return refusal(entry, "%w", err)
		}
		return nil
	})
	if err == nil && out.Empty() {
		err = refusal(n, "ports: want at least one; leave it out for all")
	}
	return out, err
}

func parsePorts(text string) (ports.Set, error) {
	wrong := fmt.Errorf("%q is not a port; want one such as 8080, 53/UDP, 8000-8010 or UDP", text)
	if p, ok := ports.ParseProtocol(strings.ToUpper(text)); ok {
		return ports.Every(p), nil
	}
	numbers, name, ok := strings.Cut(text, "/")
	if !ok {
		name = ports.TCP.String()
	}
	protocol, ok := ports.ParseProtocol(strings.ToUpper(name))
	first, last, isRange := strings.Cut(numbers, "-")
	if !isRange {
		last = first
	}
	lo, errLo := strconv.ParseUint(first, 10, 16)
	hi, errHi := strconv.ParseUint(last, 10, 16)
	if !ok || errLo != nil || errHi != nil || lo < ports.First || hi < lo {
		return ports.Set{}, wrong
	}
	return ports.Range(protocol, uint16(lo), uint16(hi)), nil
}

// end is an end by its form.
type end struct {
	text      string
	outside   bool
	addresses []span // of an address, a CIDR or a range
	namespace string
	labels    [][2]string
	kind      string // "" for any
	name      string // "" for all of the namespace
}

func parseEnd(text string) (end, error) {
	e := end{text: text}
	if text == "outside" {
		e.outside = true
		return e, nil
	}
	if s, ok := parseAddresses(text); ok {
		e.addresses = []span{s}
		return e, nil
	}
	if ns, labels, ok := strings.Cut(text, ":"); ok && strings.Contains(labels, "=") {
		e.namespace = ns
		for part := range strings.SplitSeq(labels, ",") {
			key, value, ok := strings.Cut(part, "=")
			if !ok || key == "" {
				return e, fmt.Errorf("%q: want labels such as app=web,tier=db", text)
			}
			e.labels = append(e.labels, [2]string{strings.TrimSpace(key), strings.TrimSpace(value)})
		}
		return e, nil
	}
	parts := strings.Split(text, "/")
	if len(parts) > 3 || slices.Contains(parts, "") || strings.ContainsAny(text, ": ") {
		return e, fmt.Errorf("%q is not an end; want a namespace, namespace/name, namespace/Kind/name, namespace:label=value, an address, a range or outside", text)
	}
	e.namespace, e.name = parts[0], parts[len(parts)-1]
	switch len(parts) {
	case 1:
		e.name = ""
	case 3:
		e.kind = parts[1]
	}
	return e, nil
}

// parseAddresses reads an address, a CIDR or a range first-last.
func parseAddresses(text string) (span, bool) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return span{a, a}, true
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		return prefixSpan(p.Masked()), true
	}
	first, last, ok := strings.Cut(text, "-")
	a, errA := netip.ParseAddr(first)
	b, errB := netip.ParseAddr(last)
	if !ok || errA != nil || errB != nil || a.Is4() != b.Is4() || b.Less(a) {
		return span{}, false
	}
	return span{a, b}, true
}
