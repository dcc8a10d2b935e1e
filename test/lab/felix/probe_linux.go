package felix

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/reach"
)

type (
	// Protocol is what a probe asks over.
	Protocol = reach.Protocol
	// Outcome is whether there was an answer.
	Outcome = reach.Outcome
	// Result is an outcome, and who answered.
	Result = reach.Result
)

// The protocols that have ports, echoes, and the outcomes. Any other number is a
// Protocol, too.
const (
	TCP    = reach.TCP
	UDP    = reach.UDP
	SCTP   = reach.SCTP
	ICMP   = reach.ICMP
	ICMPv6 = reach.ICMPv6

	Silent   = reach.Silent
	Refused  = reach.Refused
	Answered = reach.Answered
)

// End is an end of a flow: a pod of the node when it has a name, and with an IP
// too, that address of it; without a name, the node or the outside, by the IP.
type End struct {
	Namespace, Name string
	IP              netip.Addr
}

func (e End) String() string {
	if e.Name == "" {
		return e.IP.String()
	}
	return e.Namespace + "/" + e.Name
}

// Flow is a question: does From reach To? Protocols without ports have port 0.
type Flow struct {
	From, To End
	Protocol Protocol
	Port     uint16
}

func (f Flow) String() string {
	return fmt.Sprintf("%s → %s %s %d", f.From, f.To, f.Protocol, f.Port)
}

// patience is how long an answer may take where everything is answered. Where what
// is denied is dropped, window is how long one is waited for at least, each of the
// times that a question without an answer is repeated.
const (
	patience = 3 * time.Minute
	window   = 100 * time.Millisecond
	repeats  = 3
)

// Probe asks one question; see ProbeAll.
func (n *Node) Probe(ctx context.Context, f Flow) (Result, error) {
	all, err := n.ProbeAll(ctx, []Flow{f})
	if err != nil {
		return Result{}, err
	}
	return all[0], nil
}

// ProbeAll asks all questions at once, as connections that the node does not know
// yet. An answer by anyone but the flow's destination is an error. So is, unless
// the node drops what is denied, no answer at all.
func (n *Node) ProbeAll(ctx context.Context, flows []Flow) ([]Result, error) {
	n.asking.Lock()
	defer n.asking.Unlock()
	if err := n.ns.ForgetConnections(); err != nil {
		return nil, err
	}
	questions, who := make([]reach.Question, len(flows)), make([]string, len(flows))
	for i, f := range flows {
		var err error
		if questions[i], who[i], err = n.question(f); err != nil {
			return nil, fmt.Errorf("asking %s: %w", f, err)
		}
	}
	results, err := n.ask(ctx, questions)
	if err != nil {
		return nil, err
	}
	for i, r := range results {
		switch {
		case r.Outcome == reach.Answered && r.Who != who[i]:
			return nil, fmt.Errorf("%s: %q answers", flows[i], r.Who)
		case r.Outcome == reach.Silent && !n.o.Drop:
			return nil, fmt.Errorf("%s: neither an answer nor a refusal", flows[i])
		}
	}
	return results, nil
}

// ask waits for the answers. Where what is denied is dropped, a question is denied
// when it was asked several times and never answered; see askBesideWitness. The
// caller holds n.asking.
func (n *Node) ask(ctx context.Context, questions []reach.Question) ([]reach.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if !n.o.Drop || n.o.Bare {
		return reach.Ask(ctx, questions)
	}
	results, open := make([]reach.Result, len(questions)), make([]int, len(questions))
	for i := range open {
		open[i] = i
	}
	for range repeats {
		var again []reach.Question
		for _, i := range open {
			again = append(again, questions[i])
		}
		answers, err := n.askBesideWitness(ctx, again)
		if err != nil {
			return nil, err
		}
		for k, i := range open {
			results[i] = answers[k]
		}
		open = slices.DeleteFunc(open, func(i int) bool { return results[i].Outcome != reach.Silent })
	}
	return results, nil
}

// askBesideWitness waits for answers until a witness, which asks later and is
// certainly allowed, has its own: a busy machine delays both alike.
func (n *Node) askBesideWitness(ctx context.Context, questions []reach.Question) ([]reach.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	receive := reach.Send(questions)
	witness := make(chan error, 1)
	go func() {
		defer cancel()
		witness <- n.canary.awaitWitness(ctx)
	}()
	results, err := receive(ctx)
	cancel() // the witness is needed no more when everything was answered
	failed := <-witness
	silent := func(r reach.Result) bool { return r.Outcome == reach.Silent }
	if err == nil && failed != nil && slices.ContainsFunc(results, silent) {
		err = fmt.Errorf("waiting for answers: %w", failed)
	}
	return results, err
}

// question prepares the destination to answer and says by which name.
func (n *Node) question(f Flow) (q reach.Question, who string, err error) {
	from, to, err := n.pair(f)
	if err != nil {
		return q, "", err
	}
	at := netip.AddrPortFrom(to.ip, f.Port)
	if err := to.host.Answer(f.Protocol, at); err != nil {
		return q, "", err
	}
	return reach.Question{From: from.host, FromAddr: from.ip, Protocol: f.Protocol, To: at}, to.name, nil
}

// Families returns the flow once for each family of addresses that both ends have,
// with those addresses.
func (n *Node) Families(f Flow) (out []Flow) {
	sources, _ := n.places(f.From)
	destinations, _ := n.places(f.To)
	for _, from := range sources {
		for _, to := range destinations {
			if from.ip.Is4() == to.ip.Is4() {
				one := f
				one.From.IP, one.To.IP = from.ip, to.ip
				out = append(out, one)
			}
		}
	}
	return out
}

// place is where an end of a flow is.
type place struct {
	host *reach.Host
	name string
	ip   netip.Addr
}

// pair finds both ends, with addresses of one family.
func (n *Node) pair(f Flow) (from, to place, err error) {
	sources, err := n.places(f.From)
	if err != nil {
		return from, to, err
	}
	destinations, err := n.places(f.To)
	if err != nil {
		return from, to, err
	}
	for _, from := range sources {
		for _, to := range destinations {
			if from.ip.Is4() == to.ip.Is4() {
				return from, to, nil
			}
		}
	}
	return from, to, errors.New("the ends have no family of addresses in common")
}

// places are an end's addresses.
func (n *Node) places(e End) (out []place, err error) {
	if e.Name == "" {
		if e.IP == nodeIPv4 || e.IP == nodeIPv6 {
			return []place{{n.host, n.o.Name, e.IP}}, nil
		}
		return []place{{n.outside.host, Outside, e.IP}}, n.outside.has(e.IP)
	}
	p, ok := n.Pod(e.Namespace, e.Name)
	if !ok {
		return nil, fmt.Errorf("there is no pod %s", e)
	}
	for _, ip := range p.IPs {
		if !e.IP.IsValid() || e.IP == ip {
			out = append(out, place{p.host, p.String(), ip})
		}
	}
	return out, nil
}
