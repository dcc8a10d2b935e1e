// Package support collects what a support ticket about a cluster needs into one
// bundle that is safe to send: what OpenStack and the cluster say, what this
// machine sees of the API server, and which programs are involved. Secrets are
// taken out of everything, and a manifest says what was collected, what was
// left out, and why.
package support

import (
	"context"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
)

// OpenStack reads a cluster, given by name or UUID, the way Magnum answers: all
// fields, null as nil.
type OpenStack interface {
	ClusterFields(ctx context.Context, ref string) (map[string]any, error)
	TemplateFields(ctx context.Context, ref string) (map[string]any, error)
	NodeGroupFields(ctx context.Context, ref string) ([]map[string]any, error)
	CA(ctx context.Context, ref string) (pem []byte, err error)
}

// Options say what to collect and from where.
type Options struct {
	Cluster    string                                             // name or UUID
	Connect    func(context.Context) (OpenStack, Place, error)    // signs in
	Check      func(context.Context) (r prereq.Report, err error) // the check of the client
	Secrets    func() []string                                    // known ones, asked for at the end; may be nil
	Build      any                                                // of this program
	Plugin     string                                             // path of kubectl-catalyst; "" when there is none
	Kubernetes bool                                               // ask the cluster too
	Kubectl    Kubectl                                            // how; an empty Path takes the one that Check found
	Now        func() time.Time                                   // the clock; required
}

// Place says where the cluster was looked for; it is part of the manifest.
type Place struct {
	AuthURL   string `json:"auth_url"`
	Region    string `json:"region"`
	Interface string `json:"interface"`
	Method    string `json:"sign_in"` // how, not with what
}

// Collect makes a bundle. It always returns one; parts that failed are named in
// it. The error is the one that kept the cluster itself from being read.
func Collect(ctx context.Context, o Options) (*Bundle, error) {
	b := &Bundle{created: o.Now().UTC().Truncate(time.Second), build: o.Build, cluster: o.Cluster}
	var report prereq.Report
	var clusterErr error
	var all sync.WaitGroup
	all.Go(func() {
		var err error
		report, err = o.Check(ctx)
		b.add("check", report, err)
		b.add("clients", clients(ctx, o, report), nil)
	})
	all.Go(func() { clusterErr = openstack(ctx, o, b) })
	all.Wait()
	if o.Kubectl.Path == "" {
		o.Kubectl.Path = report.Kubectl.Path
	}
	kubernetes(ctx, o, b)
	b.add("timeline", timeline(b, b.created), nil)
	var secrets []string
	if o.Secrets != nil {
		secrets = o.Secrets()
	}
	return b, b.close(secrets, clusterErr)
}

// openstack adds the parts that Magnum knows, and what their addresses lead to.
func openstack(ctx context.Context, o Options, b *Bundle) error {
	source, place, err := o.Connect(ctx)
	b.place = place
	if err != nil {
		b.add("cluster", nil, err)
		return err
	}
	answer, err := source.ClusterFields(ctx, o.Cluster)
	if err != nil {
		b.add("cluster", nil, err)
		return err
	}
	cluster := show(answer)
	b.add("cluster", cluster, nil)
	ref := cluster.text("uuid")
	var all sync.WaitGroup
	all.Go(func() {
		template, err := source.TemplateFields(ctx, cluster.text("cluster_template_id"))
		b.add("template", plain(template), err)
	})
	all.Go(func() {
		groups, err := source.NodeGroupFields(ctx, ref)
		list := []Fields{}
		for _, g := range groups {
			list = append(list, plain(g))
		}
		b.add("nodegroups", list, err)
		b.add("health", health(cluster, list), nil)
	})
	all.Go(func() {
		n, err := network(ctx, o, source, cluster)
		b.add("network", n, err)
	})
	all.Wait()
	return nil
}

// network looks at the API server, trusting the cluster's own CA.
func network(ctx context.Context, o Options, source OpenStack, cluster Fields) (any, error) {
	address := cluster.text("api_address")
	if address == "" {
		return nil, leftOut("the cluster has no api_address yet")
	}
	ca, err := source.CA(ctx, cluster.text("uuid"))
	n := look(ctx, address, ca, o.Now())
	if err != nil {
		n.CA = "could not be had: " + err.Error()
	}
	n.Proxy = proxied(o.Kubectl.Environ)
	return n, nil
}

// health puts what is said about being well or not into one place.
func health(cluster Fields, groups []Fields) Fields {
	var f Fields
	for _, name := range []string{"status", "status_reason", "health_status", "health_status_reason", "faults"} {
		f = append(f, Field{name, cluster.Get(name)})
	}
	list := []any{}
	for _, g := range groups {
		one := Fields{{"name", g.Get("name")}, {"role", g.Get("role")}, {"node_count", g.Get("node_count")}}
		list = append(list, append(one, Field{"status", g.Get("status")}, Field{"status_reason", g.Get("status_reason")}))
	}
	return append(f, Field{"nodegroups", list})
}

func kubernetes(ctx context.Context, o Options, b *Bundle) {
	if !o.Kubernetes {
		b.add("kubernetes", nil, leftOut("not asked for; --kubernetes adds it"))
		return
	}
	cluster, _ := b.data("cluster").(Fields)
	k, err := o.Kubectl.kubernetes(ctx, cluster.text("api_address"), cluster.text("uuid"))
	b.add("kubernetes", k, err)
}
