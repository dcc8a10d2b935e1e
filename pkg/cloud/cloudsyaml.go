package cloud

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// maxPairs bounds the settings of one file, aliases and merges counted each time
// they are followed: a thousand clouds fit, an exponential file does not.
const maxPairs = 50_000

// errTooMuch is a file whose aliases multiply into more than anyone means.
var errTooMuch = errors.New("too many settings")

var lineNumber = regexp.MustCompile(`line (\d+)`)

// parseClouds reads the clouds below section ("clouds" or "public-clouds") of a
// clouds.yaml, secure.yaml or clouds-public.yaml; JSON is YAML too. Errors give
// the line and never the text, which may be a password.
func parseClouds(data []byte, section string) (map[string]entry, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		if m := lineNumber.FindStringSubmatch(err.Error()); m != nil {
			return nil, fmt.Errorf("line %s is not valid YAML", m[1])
		}
		return nil, errors.New("not valid YAML")
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) == 0 {
		return nil, nil
	}
	p := parser{budget: maxPairs}
	top := p.mapping(root.Content[0])
	if top == nil && root.Content[0].Tag != "!!null" {
		return nil, errors.New("not a YAML mapping")
	}
	named := top[section]
	if named == nil || target(named).Tag == "!!null" {
		return nil, nil
	}
	byName := p.mapping(named)
	if byName == nil {
		return nil, fmt.Errorf("line %d: %q is not a mapping of names to clouds", named.Line, section)
	}
	clouds := make(map[string]entry, len(byName))
	for name, node := range byName {
		clouds[name] = p.entry(node)
	}
	if p.budget < 0 {
		return nil, errTooMuch
	}
	return clouds, nil
}

// parser follows aliases and merge keys, within a budget.
type parser struct{ budget int }

// mapping returns the pairs of a mapping with its merge keys ("<<") resolved,
// or nil when the node is something else. Where a key is repeated the last one
// counts, as in Python.
func (p *parser) mapping(n *yaml.Node) map[string]*yaml.Node {
	n = target(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	out := make(map[string]*yaml.Node, len(n.Content)/2)
	own := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		if p.budget--; p.budget < 0 {
			return out
		}
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.ScalarNode && key.Value == "<<" && key.Style == 0 {
			for _, from := range merged(value) {
				maps.Copy(out, p.mapping(from))
			}
			continue
		}
		if key = target(key); key != nil && key.Kind == yaml.ScalarNode {
			own[key.Value] = value
		}
	}
	maps.Copy(out, own)
	return out
}

// merged lists what a merge key names, the strongest last.
func merged(n *yaml.Node) []*yaml.Node {
	if t := target(n); t != nil && t.Kind == yaml.SequenceNode {
		list := slices.Clone(t.Content)
		slices.Reverse(list)
		return list
	}
	return []*yaml.Node{n}
}

// entry reads one cloud. What has the wrong shape is left out: it may be meant
// for another program, and a cloud without its settings says so when it is used.
func (p *parser) entry(n *yaml.Node) entry {
	pairs := p.mapping(n)
	e := entry{set: scalars(p.mapping(pairs["auth"]), true).completed(scalars(pairs, false))}
	if list := target(pairs["regions"]); list != nil && list.Kind == yaml.SequenceNode {
		for _, item := range list.Content {
			e.regions = append(e.regions, p.region(item))
		}
	}
	return e
}

func scalars(pairs map[string]*yaml.Node, belowAuth bool) settings {
	s := settings{}
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		if v, ok := scalar(pairs[key]); ok {
			s.set(key, v, belowAuth)
		}
	}
	return s
}

// region reads an item of a list of regions: a name, or a name with values.
func (p *parser) region(n *yaml.Node) region {
	if name, ok := scalar(n); ok {
		return region{name: name}
	}
	pairs := p.mapping(n)
	name, _ := scalar(pairs["name"])
	if pairs["values"] == nil {
		return region{name: name}
	}
	return region{name: name, set: p.entry(pairs["values"]).set}
}

// scalar returns the text of a scalar; null and empty text count as absent.
func scalar(n *yaml.Node) (string, bool) {
	n = target(n)
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" {
		return "", false
	}
	return n.Value, true
}

// target follows an alias to what it stands for.
func target(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}
