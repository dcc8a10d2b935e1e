package felix

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/reach"
)

// canary tells when Felix has caught up. Felix watches each kind of object by
// itself, so there is one change for each kind whose effect can be asked for: two
// pods and what lets one reach the other, before any other policy. A round takes
// the ports that the round before it left closed; that its own were open then
// proves nothing any more, so those must be closed now.
type canary struct {
	round int
	pods  [2]*Pod // who asks, who answers
	// glance is how long the first look takes at most: where what is denied is
	// dropped, all of it while something is denied.
	glance time.Duration
}

// The canary's namespace, and what decides before all other policies.
const (
	canaryNamespace = "felix-canary"
	canaryOrder     = -1e9
)

// The kinds of objects, by the port that a change of one opens.
const (
	viaGlobalPolicy = iota
	viaPolicy
	viaPod
	viaNamespace
	viaAccount
	viaSet
	viaGlobalSet
	viaService
	vias
)

// port is where a round's change of a kind shows.
func (c *canary) port(round, via int) uint16 { return uint16(7000 + round%2*100 + via) }

// mark is the port that a round's NetworkPolicy opens. The policies of the cluster
// under test may decide before it, so it is looked for among the kernel's rules.
func mark(round int) uint16 { return uint16(10000 + round%40000) }

func canaryAddresses(six bool) [2][]netip.Addr {
	out := [2][]netip.Addr{{netip.MustParseAddr("198.18.255.1")}, {netip.MustParseAddr("198.18.255.2")}}
	if six {
		out[0] = append(out[0], netip.MustParseAddr("fd00:ca::1"))
		out[1] = append(out[1], netip.MustParseAddr("fd00:ca::2"))
	}
	return out
}

func (n *Node) newCanary(ctx context.Context) (*canary, error) {
	c := &canary{glance: patience}
	if n.o.Drop {
		c.glance = window
	}
	for _, o := range []object{
		{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": canaryNamespace}},
		{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"name": "asker", "namespace": canaryNamespace}},
	} {
		if err := n.objects.apply(ctx, owner, o); err != nil {
			return nil, err
		}
	}
	for i, ips := range canaryAddresses(n.o.IPv6) {
		name := []string{"asker", "answerer"}[i]
		meta := map[string]any{"name": name, "namespace": canaryNamespace, "labels": map[string]any{"role": name}}
		o := n.complete(object{"metadata": meta, "spec": map[string]any{"serviceAccountName": name}})
		if err := n.objects.apply(ctx, owner, o); err != nil {
			return nil, err
		}
		p, err := n.Wire(ctx, canaryNamespace, name, ips...)
		if err != nil {
			return nil, err
		}
		c.pods[i] = p
	}
	for _, ip := range c.pods[1].IPs {
		for round := range 2 {
			for via := range vias {
				if err := c.pods[1].host.Answer(reach.TCP, netip.AddrPortFrom(ip, c.port(round, via))); err != nil {
					return nil, err
				}
			}
		}
	}
	return c, nil
}

// changes are the objects of a round.
func (c *canary) changes(round int) []object {
	value := func(via int) string { return fmt.Sprintf("v%d-%d", via, round) }
	is := func(via int) string { return fmt.Sprintf("canary == '%s'", value(via)) }
	labelled := func(via int, version, kind, name string) object {
		meta := map[string]any{"name": name, "labels": map[string]any{"canary": value(via)}}
		if kind != "Namespace" && kind != "GlobalNetworkSet" {
			meta["namespace"] = canaryNamespace
		}
		return object{"apiVersion": version, "kind": kind, "metadata": meta}
	}
	policy := func(kind string, spec map[string]any) object {
		meta := map[string]any{"name": "default.felix-canary"}
		if kind == "NetworkPolicy" {
			meta["namespace"] = canaryNamespace
		}
		return object{"apiVersion": calicoGroup, "kind": kind, "metadata": meta, "spec": spec}
	}
	allow := func(via int, source map[string]any) any {
		return map[string]any{"action": "Allow", "protocol": "TCP", "source": source,
			"destination": map[string]any{"ports": []any{c.port(round, via)}}}
	}
	var nets []string
	for _, ip := range c.pods[0].IPs {
		nets = append(nets, host(ip).String())
	}
	set, global := labelled(viaSet, calicoGroup, "NetworkSet", "felix-canary"), labelled(viaGlobalSet, calicoGroup, "GlobalNetworkSet", "felix-canary")
	set["spec"], global["spec"] = map[string]any{"nets": nets}, map[string]any{"nets": nets}
	return []object{
		labelled(viaPod, "v1", "Pod", "asker"), labelled(viaNamespace, "v1", "Namespace", canaryNamespace),
		labelled(viaAccount, "v1", "ServiceAccount", "asker"), set, global,
		policy("NetworkPolicy", map[string]any{"order": canaryOrder, "selector": "role == 'answerer'", "types": []any{"Ingress"},
			"ingress": []any{allow(viaPolicy, map[string]any{})}}),
		policy("GlobalNetworkPolicy", map[string]any{"order": canaryOrder + 1, "types": []any{"Ingress", "Egress"},
			"selector": "projectcalico.org/namespace == '" + canaryNamespace + "'",
			"egress":   []any{map[string]any{"action": "Allow"}},
			"ingress": []any{
				allow(viaGlobalPolicy, map[string]any{}),
				allow(viaPod, map[string]any{"selector": is(viaPod)}),
				allow(viaNamespace, map[string]any{"namespaceSelector": is(viaNamespace)}),
				allow(viaAccount, map[string]any{"serviceAccounts": map[string]any{"selector": is(viaAccount)}}),
				allow(viaSet, map[string]any{"selector": is(viaSet)}),
				allow(viaGlobalSet, map[string]any{"selector": is(viaGlobalSet)}),
				allow(viaService, map[string]any{"services": map[string]any{"name": service(round), "namespace": canaryNamespace}}),
				map[string]any{"action": "Deny"},
			}}),
		{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
			"metadata": map[string]any{"name": "felix-canary", "namespace": canaryNamespace},
			"spec": map[string]any{"podSelector": map[string]any{}, "policyTypes": []any{"Ingress"},
				"ingress": []any{map[string]any{"ports": []any{map[string]any{"port": mark(round)}}}}}},
	}
}

// service is whom a round lets in by its service.
func service(round int) string { return fmt.Sprintf("felix-canary-%d", round%2) }

// slices are where the services are: that of the round before nowhere any more,
// and then that of this round where the asker is.
func (c *canary) slices(round int) (out []object) {
	for _, r := range []int{round - 1, round} {
		for _, ip := range c.pods[0].IPs {
			family, at := "IPv4", []any{}
			if ip.Is6() {
				family = "IPv6"
			}
			if r == round {
				at = append(at, map[string]any{"addresses": []any{ip.String()}})
			}
			out = append(out, object{"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": family, "endpoints": at,
				"metadata": map[string]any{"name": service(r) + strings.ToLower(family), "namespace": canaryNamespace,
					"labels": map[string]any{"kubernetes.io/service-name": service(r)}}})
		}
	}
	return out
}

// Settled returns when everything that the API server was told before is enforced.
// It fails when ctx ends before, when Felix has ended, or when what must be denied
// is not: then nothing is enforced.
func (n *Node) Settled(ctx context.Context) error {
	n.asking.Lock()
	defer n.asking.Unlock()
	c := n.canary
	ctx, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	c.round++
	changes, changing := errgroup.WithContext(ctx)
	for _, o := range c.changes(c.round) {
		changes.Go(func() error { return n.objects.apply(changing, canaryOwner, o) })
	}
	changes.Go(func() error {
		for _, o := range c.slices(c.round) { // the order tells
			if err := n.objects.apply(changing, canaryOwner, o); err != nil {
				return err
			}
		}
		return nil
	})
	if err := changes.Wait(); err != nil {
		return fmt.Errorf("changing the canary: %w", err)
	}
	if err := proc.Ready(ctx, c.watchOpening(), n.agent); err != nil {
		return fmt.Errorf("waiting until Felix enforces what it was told: %w", err)
	}
	if err := proc.Ready(ctx, n.marked, n.agent); err != nil {
		return fmt.Errorf("waiting until Felix enforces what it was told: %w", err)
	}
	return n.confirmClosed(ctx)
}

// settling is how long Felix may take. A hundredth of it is usual; only a node on
// which something is broken needs more.
const settling = 5 * time.Minute

// questions are those for all ports of a round in both families.
func (c *canary) questions(round int) (questions []reach.Question) {
	for i, ip := range c.pods[1].IPs {
		for via := range vias {
			questions = append(questions, reach.Question{From: c.pods[0].host, FromAddr: c.pods[0].IPs[i], Protocol: reach.TCP,
				To: netip.AddrPortFrom(ip, c.port(round, via))})
		}
	}
	return questions
}

// witnesses is how many answers to allowed questions, one after the other, show
// that an answer to an earlier question would have come.
const witnesses = 3

// awaitWitness returns nil when, after the window, questions that are certainly
// allowed have been answered. The caller holds n.asking, which keeps their port open.
func (c *canary) awaitWitness(ctx context.Context) error {
	select {
	case <-time.After(window):
	case <-ctx.Done():
		return ctx.Err()
	}
	allowed := c.questions(c.round)[:1]
	for range witnesses {
		results, err := reach.Ask(ctx, allowed)
		switch {
		case err != nil:
			return err
		case results[0].Outcome != reach.Answered:
			return fmt.Errorf("the canary's open port, which tells denials from slow answers: %s", results[0].Outcome)
		}
	}
	return nil
}

// watchOpening returns what reports whether each of this round's ports has been
// open. What has been open once is enforced and is not asked for again, and of the
// others one at a time: nothing else costs a node as much as being asked.
func (c *canary) watchOpening() func(context.Context) error {
	closed, glance := c.questions(c.round), c.glance
	number := len(closed)
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, glance)
		defer cancel()
		glance *= 2 // a busy machine may need longer to answer
		for len(closed) > 0 {
			results, err := reach.Ask(ctx, closed[:1])
			if err != nil {
				return err
			}
			if results[0].Outcome != reach.Answered {
				return fmt.Errorf("%d of %d changes of the canary are not enforced yet: %s", len(closed), number, results[0].Outcome)
			}
			closed = closed[1:]
		}
		return nil
	}
}

// confirmClosed makes sure that the ports of the round before are closed.
func (n *Node) confirmClosed(ctx context.Context) error {
	results, err := n.ask(ctx, n.canary.questions(n.canary.round-1))
	if err != nil {
		return err
	}
	for _, r := range results {
		if r.Outcome == reach.Answered {
			return errors.New("nothing is enforced: a port that no policy allows is open")
		}
	}
	return nil
}

// marked reports whether this round's NetworkPolicy is among the kernel's rules.
func (n *Node) marked(context.Context) error {
	for _, six := range []bool{false, true} {
		if six && !n.o.IPv6 {
			break
		}
		rules, err := n.ns.Rules(six)
		if err != nil {
			return err
		}
		if !contains(rules, mark(n.canary.round)) {
			return errors.New("the canary's NetworkPolicy is not enforced yet")
		}
	}
	return nil
}

// contains looks for the match of one destination port, as the kernel's multiport
// match holds it: which port, how many, and the first.
func contains(rules [][]byte, port uint16) bool {
	wanted := binary.NativeEndian.AppendUint16([]byte{1, 1}, port)
	for _, rule := range rules {
		if _, after, ok := bytes.Cut(rule, []byte("multiport")); ok && bytes.Contains(after, wanted) {
			return true
		}
	}
	return false
}
