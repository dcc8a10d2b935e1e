package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// atOnce is how many lists are read at a time, and workers how many objects are
// decoded at a time: the network is slower than these.
const (
	atOnce  = 8
	workers = 4
)

// Policies stands for the policies of all kinds in Options.Only.
const Policies = "policies"

// Options are how a cluster is read.
type Options struct {
	// Namespace is one that may be readable when namespaces cannot be listed:
	// the context's. "" for none.
	Namespace string
	// Only names the resources to read besides namespaces, as "daemonsets" and
	// "tigerastatuses.operator.tigera.io"; Policies stands for those of all kinds.
	// nil: everything that matters.
	Only []string
	// Progress is called with how many objects have come so far; may be nil.
	Progress func(objects int)
	// Debug is called about every answer, from several goroutines; may be nil.
	Debug func(message string)
}

// Read reads everything that matters. The error is about a cluster that does not
// answer or does not know the user; what a user may not read is in
// Input.Unreadable.
func Read(ctx context.Context, config *rest.Config, o Options) (*load.Input, error) {
	c, err := newClient(config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, errTooLong)
	defer cancel()
	r := &reader{client: c, options: o, collector: load.NewCollector("", workers), memory: &memory{}}
	cluster, custom, err := r.cluster(ctx)
	if err != nil {
		r.collector.Drop()
		return nil, signIn(err)
	}
	r.collector.SetCluster(cluster)
	err = r.all(ctx, o.chosen(slices.Concat(listed(kinds.Always), custom, besideCalico(custom))))
	if err != nil {
		r.collector.Drop()
		return nil, signIn(err)
	}
	in := r.collector.Close()
	in.Unreadable = r.unreadable()
	return in, nil
}

// chosen returns the resources that Only names, and namespaces, the first.
func (o Options) chosen(all []resource) []resource {
	if o.Only == nil {
		return all
	}
	rest := slices.DeleteFunc(slices.Clone(all[1:]), func(r resource) bool {
		wanted := r.policies && slices.Contains(o.Only, Policies) || slices.Contains(o.Only, r.name())
		return !wanted
	})
	return append(all[:1:1], rest...)
}

// signIn gives a refusal of the user its own exit code.
func signIn(err error) error {
	if apiserver.Is(err, apiserver.Unauthorized) {
		return clierr.New(clierr.SignIn, "log in with 'kubectl catalyst login CLUSTER'", "the API server does not accept your credential: %w", err)
	}
	return err
}

type reader struct {
	*client
	options   Options
	collector *load.Collector
	objects   atomic.Int64
	memory    *memory

	mu      sync.Mutex
	missing []missing
}

// missing is a list that could not be read, with its place among the resources.
type missing struct {
	order int
	load.Unreadable
}

func (r *reader) cluster(ctx context.Context) (*load.Cluster, []resource, error) {
	var v struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := r.object(ctx, "/version", plainJSON, &v); err != nil && !apiserver.Is(err, apiserver.Forbidden) {
		return nil, nil, err
	}
	groups, custom, err := r.discover(ctx)
	if apiserver.Is(err, apiserver.Forbidden) {
		r.addMissing(0, load.Unreadable{Resource: "API discovery", Reason: err.Error(), Policies: true})
		err = nil
	}
	if err != nil {
		return nil, nil, err
	}
	cluster := &load.Cluster{Server: r.Server(), Version: v.GitVersion, APIGroups: append([]string{}, groups...)}
	for _, res := range custom {
		cluster.Resources = append(cluster.Resources, res.plural+"."+res.group)
	}
	slices.Sort(cluster.Resources)
	return cluster, custom, nil
}

// maxNamespaces is how far the place of a resource is from that of the next.
const maxNamespaces = 1 << 20

// all reads the resources. Namespaces are the first: where a list of the whole
// cluster is refused, they are asked one by one.
func (r *reader) all(ctx context.Context, resources []resource) error {
	names, err := r.namespaces(ctx, resources[0])
	if err != nil {
		return err
	}
	lists, ctx := errgroup.WithContext(ctx)
	lists.SetLimit(atOnce)
	for i, res := range resources[1:] {
		place := (i + 1) * maxNamespaces
		lists.Go(func() error {
			err := r.list(ctx, res, "", place)
			if !apiserver.Is(err, apiserver.Forbidden) || !res.namespaced || len(names) == 0 {
				return r.noteUnreadable(err, res, "", place)
			}
			return r.byNamespace(ctx, res, names, place)
		})
	}
	return lists.Wait()
}

// namespaces reads the namespaces and returns their names; when they cannot be
// listed, the one that is known.
func (r *reader) namespaces(ctx context.Context, res resource) ([]string, error) {
	if err := r.noteUnreadable(r.list(ctx, res, "", 0), res, "", 0); err != nil {
		return nil, err
	}
	names := r.collector.Namespaces()
	if len(names) == 0 && r.options.Namespace != "" {
		names = []string{r.options.Namespace}
	}
	return names, nil
}

func (r *reader) byNamespace(ctx context.Context, res resource, names []string, place int) error {
	lists, ctx := errgroup.WithContext(ctx)
	lists.SetLimit(atOnce)
	for i, ns := range names {
		lists.Go(func() error {
			return r.noteUnreadable(r.list(ctx, res, ns, place+1+i), res, ns, place+1+i)
		})
	}
	return lists.Wait()
}

// noteUnreadable turns what a role may not read, or a server does not serve, into
// a note.
func (r *reader) noteUnreadable(err error, res resource, namespace string, place int) error {
	var status *apiserver.Status
	switch {
	case err == nil:
		return nil
	case apiserver.Is(err, apiserver.Unauthorized):
		return err
	case apiserver.Is(err, apiserver.Missing) && !res.needed:
		return nil // not served: there are none
	case errors.As(err, &status):
		reason := status.Error()
		if status.Code == http.StatusForbidden {
			reason = "you may not list them"
		}
		r.addMissing(place, load.Unreadable{Resource: res.name(), Namespace: namespace, Reason: reason, Policies: res.needed})
		return r.memory.check()
	}
	return err
}

func (r *reader) addMissing(place int, u load.Unreadable) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.missing = append(r.missing, missing{place, u})
}

func (r *reader) unreadable() []load.Unreadable {
	slices.SortFunc(r.missing, func(a, b missing) int { return a.order - b.order })
	var out []load.Unreadable
	for _, g := range r.missing {
		out = append(out, g.Unreadable)
	}
	return out
}

// list reads a list page by page. One that changes too much while it is read is
// begun again.
func (r *reader) list(ctx context.Context, res resource, namespace string, place int) error {
	for try := 0; ; try++ {
		err := r.pages(ctx, res, namespace, place)
		if err == nil || !apiserver.Is(err, apiserver.Gone) || try == 3 {
			return err
		}
		r.collector.Forget(place)
	}
}

func (r *reader) pages(ctx context.Context, res resource, namespace string, place int) error {
	path := res.path(namespace)
	return r.Pages(ctx, apiserver.Request{Path: path, Accept: res.accept}, func(body io.Reader) (string, int, error) {
		next, n, err := r.collector.Page(r.memory.reader(body), res.apiVersion(), res.kind, place)
		if err != nil {
			return "", 0, clierr.WithHint(fmt.Errorf("reading %s: %w", res.name(), err),
				"run the command again; if it stays, 'kubectl get --raw "+path+"' shows what the API server answers")
		}
		if r.options.Debug != nil {
			r.options.Debug(fmt.Sprintf("GET %s: %d objects", path, n))
		}
		total := r.objects.Add(int64(n))
		if r.options.Progress != nil {
			r.options.Progress(int(total))
		}
		return next, n, nil
	})
}
