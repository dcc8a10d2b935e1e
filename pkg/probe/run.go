package probe

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Result is the answer to one flow of a plan.
type Result struct {
	Answer
	To        netip.AddrPort // where the connection went
	From      []netip.Addr   // the addresses of the pod it came from
	Client    string         // the pod it came from, as namespace/name
	Server    string         // the pod of ours that listened; "" when the real one was asked
	Listening bool
}

// Run carries out the plan and removes everything again, also when ctx is
// cancelled in the middle. The results are in the order of the plan's flows.
func (p *Prober) Run(ctx context.Context, plan *Plan) (out []Result, err error) {
	if err := p.prepare(ctx, plan); err != nil {
		return nil, err
	}
	s := p.session()
	defer func() { err = joinClosing(err, s.close(ctx)) }()
	owners := make(map[string]string)
	for _, o := range plan.anchors() {
		if owners[o.Metadata.Namespace], err = s.create(ctx, o); err != nil {
			return nil, err
		}
	}
	servers, listening, err := s.startServers(ctx, plan, owners)
	if err != nil {
		return nil, err
	}
	var at []string
	for _, to := range listening {
		at = append(at, to.String())
	}
	clients := plan.clientPods(owners, at)
	ended, err := s.startClients(ctx, clients, plan.Options.connecting(attempts))
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
	p.Progress("asking what you may do")
	if err := requireRights(ctx, p.API, rights(plan.namespaces())); err != nil {
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
	for _, ns := range plan.namespaces() {
		leftovers, err := p.Leftovers(ctx, ns)
		if err == nil {
			_, err = p.Remove(ctx, leftovers, false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// joinClosing joins what ended a probe with what went wrong while it was taken away.
func joinClosing(err, closing error) error {
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

// startServers starts the servers and returns where they answer.
func (s *session) startServers(ctx context.Context, plan *Plan, owners map[string]string) ([]*Object, []netip.AddrPort, error) {
	servers := plan.serverPods(owners)
	pods, err := s.start(ctx, servers, plan.Options.Start, "starting what listens", (*podObject).listening)
	if err != nil {
		return nil, nil, err
	}
	out := make([]netip.AddrPort, len(pods))
	for i, at := range plan.listeners() {
		out[i] = netip.AddrPortFrom(pods[i].addressLike(at.addr), at.port)
	}
	return servers, out, nil
}

// startClients starts clients and waits until they have ended.
func (s *session) startClients(ctx context.Context, clients []*Object, within time.Duration) ([]*podObject, error) {
	return s.start(ctx, clients, within, "connecting", (*podObject).ended)
}

func (s *session) start(ctx context.Context, pods []*Object, within time.Duration, what string, done func(*podObject) (bool, error)) ([]*podObject, error) {
	for _, o := range pods {
		if _, err := s.create(ctx, o); err != nil {
			return nil, err
		}
	}
	return s.awaitPods(ctx, pods, within, what, done)
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
		r.Answer = readAnswer(ended[at].message(containerOf(i)), f.Protocol, r.Listening)
		out[i] = r
	}
	return out
}
