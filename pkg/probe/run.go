package probe

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeapi"
)

// Prober does what plans say in one cluster.
type Prober struct {
	API *kubeapi.Client
	// Say is told what is going on, for a person who waits.
	Say func(string)
	// Debug is told what is created and deleted; may be nil.
	Debug func(string)
	// AcceptTraffic goes on although a Service would send its clients to the
	// probe's pods.
	AcceptTraffic bool
	// Farewell bounds how long to wait for the nodes to confirm that the probe's
	// pods are gone; 0 is half a minute.
	Farewell time.Duration
}

func (p *Prober) session() *session {
	s := &session{api: p.API, say: p.Say, debug: p.Debug, farewell: p.Farewell}
	if s.debug == nil {
		s.debug = func(string) {}
	}
	if s.farewell == 0 {
		s.farewell = 30 * time.Second
	}
	return s
}

// Result is the answer to one flow of a plan.
type Result struct {
	Answer
	To        netip.AddrPort // where the connection went
	From      []netip.Addr   // the addresses of the pod it came from
	Client    string         // the pod it came from, as namespace/name
	Server    string         // the pod of ours that listened; "" when the real one was asked
	Listening bool
}

// Run does what the plan says and takes everything away again, also when ctx is
// cancelled in the middle. The results are in the order of the plan's flows.
func (p *Prober) Run(ctx context.Context, plan *Plan) (out []Result, err error) {
	if err := p.prepare(ctx, plan); err != nil {
		return nil, err
	}
	s := p.session()
	defer func() { err = end(err, s.close(ctx)) }()
	owners := make(map[string]string)
	for _, o := range plan.Anchors() {
		if owners[o.Metadata.Namespace], err = s.create(ctx, o); err != nil {
			return nil, err
		}
	}
	servers, listening, err := s.listen(ctx, plan, owners)
	if err != nil {
		return nil, err
	}
	var at []string
	for _, to := range listening {
		at = append(at, to.String())
	}
	clients := plan.Clients(owners, at)
	ended, err := s.work(ctx, clients, plan.Options.connecting(attempts))
	if err != nil {
		return nil, err
	}
	return plan.results(servers, listening, clients, ended), nil
}

// prepare makes sure that the plan may be carried out, and removes what earlier
// probes left behind.
func (p *Prober) prepare(ctx context.Context, plan *Plan) error {
	if err := plan.Refuse(); err != nil {
		return err
	}
	p.Say("asking what you may do")
	if err := allowed(ctx, p.API, rights(plan.Namespaces())); err != nil {
		return err
	}
	if !p.AcceptTraffic {
		services, err := plan.published(ctx, p.API)
		if err == nil && len(services) > 0 {
			err = exposed(services)
		}
		if err != nil {
			return err
		}
	}
	for _, ns := range plan.Namespaces() {
		left, err := p.Leftovers(ctx, ns)
		if err == nil {
			_, err = p.Remove(ctx, left, false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// end joins what ended a probe with what went wrong while it was taken away.
func end(err, closing error) error {
	if errors.Is(err, context.Canceled) {
		err = clierr.Errorf("ask again for an answer", "interrupted")
	}
	if err == nil {
		return closing
	}
	if closing == nil {
		return err
	}
	return errors.Join(err, closing)
}

// connecting is how long a client may take for some attempts, with its start.
func (o Options) connecting(tries int) time.Duration {
	return o.Start + time.Duration(tries)*(o.Timeout+pause)
}

// listen starts the servers and returns where they answer.
func (s *session) listen(ctx context.Context, plan *Plan, owners map[string]string) ([]*Object, []netip.AddrPort, error) {
	servers := plan.Servers(owners)
	pods, err := s.start(ctx, servers, plan.Options.Start, "starting what listens", (*podObject).listening)
	if err != nil {
		return nil, nil, err
	}
	out := make([]netip.AddrPort, len(pods))
	for i, at := range plan.servers() {
		out[i] = netip.AddrPortFrom(pods[i].at(at.addr), at.port)
	}
	return servers, out, nil
}

// work starts clients and waits until they have ended.
func (s *session) work(ctx context.Context, clients []*Object, within time.Duration) ([]*podObject, error) {
	return s.start(ctx, clients, within, "connecting", (*podObject).ended)
}

func (s *session) start(ctx context.Context, pods []*Object, within time.Duration, what string, done func(*podObject) (bool, error)) ([]*podObject, error) {
	for _, o := range pods {
		if _, err := s.create(ctx, o); err != nil {
			return nil, err
		}
	}
	return s.await(ctx, pods, within, what, done)
}

func (p *Plan) results(servers []*Object, listening []netip.AddrPort, clients []*Object, ended []*podObject) []Result {
	out := make([]Result, len(p.Flows))
	for i, f := range p.Flows {
		at := p.clientOf(f)
		r := Result{To: netip.AddrPortFrom(f.Addr, f.Port), Client: nameOf(clients[at])}
		r.From = ended[at].addresses()
		if n := p.serverOf(f); n >= 0 {
			r.To, r.Server, r.Listening = listening[n], nameOf(servers[n]), true
		}
		r.Answer = judge(ended[at].message(containerOf(i)), f.Protocol, r.Listening)
		out[i] = r
	}
	return out
}

func nameOf(o *Object) string { return o.Metadata.Namespace + "/" + o.Metadata.Name }

// message is what a container left; "" when it left nothing.
func (p *podObject) message(container string) string {
	for i := range p.Status.Containers {
		if c := &p.Status.Containers[i]; c.Name == container && c.State.Terminated != nil {
			return c.State.Terminated.Message
		}
	}
	return ""
}
