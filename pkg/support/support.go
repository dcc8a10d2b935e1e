package support

import (
	"context"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
)

// ClusterSource reads a cluster, given by name or UUID, the way Magnum answers: all
// fields, null as nil.
type ClusterSource interface {
	ClusterFields(ctx context.Context, ref string) (map[string]any, error)
	TemplateFields(ctx context.Context, ref string) (map[string]any, error)
	NodeGroupFields(ctx context.Context, ref string) ([]map[string]any, error)
	CA(ctx context.Context, ref string) (pem []byte, err error)
}

// Options are what to collect and from where.
type Options struct {
	Cluster    string                                              // name or UUID
	Connect    func(context.Context) (ClusterSource, Place, error) // signs in
	Check      func(context.Context) (r prereq.Report, err error)  // the check of the client
	Secrets    func() []string                                     // known ones, asked for at the end; may be nil
	Build      any                                                 // of this program
	Plugin     string                                              // path of kubectl-catalyst; "" when there is none
	Kubernetes bool                                                // ask the cluster too
	Kubectl    Kubectl                                             // how; an empty Path takes the one that Check found
	Now        func() time.Time                                    // the clock; required
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
		b.add("clients", versionsOf(ctx, o, report), nil)
	})
	all.Go(func() { clusterErr = addOpenStack(ctx, o, b) })
	all.Wait()
	if o.Kubectl.Path == "" {
		o.Kubectl.Path = report.Kubectl.Path
	}
	addKubernetes(ctx, o, b)
	b.add("timeline", newTimeline(b, b.created), nil)
	var secrets []string
	if o.Secrets != nil {
		secrets = o.Secrets()
	}
	return b, b.close(secrets, clusterErr)
}

// addOpenStack adds the parts that Magnum knows, and what their addresses lead to.
func addOpenStack(ctx context.Context, o Options, b *Bundle) error {
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
	cluster := arrangeCluster(answer)
	b.add("cluster", cluster, nil)
	ref := cluster.text("uuid")
	var all sync.WaitGroup
	all.Go(func() {
		template, err := source.TemplateFields(ctx, cluster.text("cluster_template_id"))
		b.add("template", arrangeFields(template), err)
	})
	all.Go(func() {
		groups, err := source.NodeGroupFields(ctx, ref)
		list := []fields{}
		for _, g := range groups {
			list = append(list, arrangeFields(g))
		}
		b.add("nodegroups", list, err)
		b.add("health", gatherHealth(cluster, list), nil)
	})
	all.Go(func() {
		n, err := readNetwork(ctx, o, source, cluster)
		b.add("network", n, err)
	})
	all.Wait()
	return nil
}

// readNetwork inspects the API server, trusting the cluster's own CA.
func readNetwork(ctx context.Context, o Options, source ClusterSource, cluster fields) (any, error) {
	address := cluster.text("api_address")
	if address == "" {
		return nil, leftOut("the cluster has no api_address yet")
	}
	ca, err := source.CA(ctx, cluster.text("uuid"))
	n := inspectServer(ctx, address, ca, o.Now())
	if err != nil {
		n.CA = "could not be had: " + err.Error()
	}
	n.Proxy = proxied(o.Kubectl.Environ)
	return n, nil
}

func addKubernetes(ctx context.Context, o Options, b *Bundle) {
	if !o.Kubernetes {
		b.add("kubernetes", nil, leftOut("not asked for; --kubernetes adds it"))
		return
	}
	cluster, _ := b.data("cluster").(fields)
	k, err := o.Kubectl.readKubernetes(ctx, cluster.text("api_address"), cluster.text("uuid"))
	b.add("kubernetes", k, err)
}

// gatherHealth gathers the statuses of the cluster and of its node groups.
func gatherHealth(cluster fields, groups []fields) fields {
	var f fields
	for _, name := range []string{"status", "status_reason", "health_status", "health_status_reason", "faults"} {
		f = append(f, field{name, cluster.Get(name)})
	}
	list := []any{}
	for _, g := range groups {
		one := fields{{"name", g.Get("name")}, {"role", g.Get("role")}, {"node_count", g.Get("node_count")}}
		list = append(list, append(one, field{"status", g.Get("status")}, field{"status_reason", g.Get("status_reason")}))
	}
	return append(f, field{"nodegroups", list})
}

const pluginTime = 5 * time.Second

// clientVersions are the versions of every program involved.
type clientVersions struct {
	Helper       any               `json:"openstack_coe_helper"`
	Plugin       string            `json:"kubectl_catalyst"` // what its version command says, or why not
	OpenStack    string            `json:"openstack"`
	Installation string            `json:"openstack_installation"`
	Python       string            `json:"python"`
	Packages     map[string]string `json:"packages"`
	Kubectl      string            `json:"kubectl"`
	System       string            `json:"system"` // os/arch
}

func versionsOf(ctx context.Context, o Options, r prereq.Report) clientVersions {
	return clientVersions{
		Helper: o.Build, Plugin: pluginVersion(ctx, o), OpenStack: r.OpenStack.Path,
		Installation: r.OpenStack.Installation, Python: r.Magnumclient.Python, Packages: r.OpenStack.Packages,
		Kubectl: strings.TrimSpace(r.Kubectl.Version + " " + r.Kubectl.Path), System: runtime.GOOS + "/" + runtime.GOARCH,
	}
}

// pluginVersion asks the kubectl-catalyst that kubectl would run.
func pluginVersion(ctx context.Context, o Options) string {
	if o.Plugin == "" {
		return "not on PATH"
	}
	ctx, cancel := context.WithTimeout(ctx, pluginTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.Plugin, "version")
	cmd.Env = o.Kubectl.Environ
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return o.Plugin + " does not tell its version: " + err.Error()
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return clierr.Clean(line)
}
