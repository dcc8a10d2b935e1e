package catalyst

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// created is what create prints.
type created struct {
	magnum.NewCluster
	UUID     string `json:"uuid"`
	Region   string `json:"region"`
	Template string `json:"template"` // its name
	Version  string `json:"version"`  // of Kubernetes
}

func (o *clusterCreateOptions) run(ctx context.Context) error {
	if o.login { // a kubeconfig that cannot be edited is better known before
		if err := checkKubeconfig(o.kubeconfig, o.env); err != nil {
			return err
		}
	}
	s, err := o.connect(ctx)
	if err != nil {
		return err
	}
	request, t, err := o.prepare(ctx, s)
	if err != nil {
		return err
	}
	began := o.env.Now()
	uuid, err := s.magnum.Create(ctx, request)
	if err != nil {
		return err
	}
	c := created{NewCluster: request, UUID: uuid, Region: s.Region(), Template: t.Name, Version: templateVersion(t)}
	events := o.output.Value == "json" && o.wait > 0
	if !events {
		if err := o.print(c); err != nil {
			return err
		}
	}
	if o.wait == 0 {
		fmt.Fprintf(o.env.ErrOut, "Creating it takes 10 to 25 minutes; see how it goes with 'kubectl catalyst cluster wait %s'.\n", o.spec.Name)
		return nil
	}
	if err := o.waitFor(ctx, s, uuid, began, events); err != nil || !o.login {
		return err
	}
	return o.logIn(ctx, uuid)
}

// prepare asks for all that decides whether the cluster may be asked for.
func (o *clusterCreateOptions) prepare(ctx context.Context, s *session) (magnum.NewCluster, *magnum.Template, error) {
	var templates []magnum.Template
	var clusters []magnum.Cluster
	var limit int
	var templateErr, clusterErr error
	var wg sync.WaitGroup
	wg.Go(func() { templates, templateErr = s.magnum.Templates(ctx) })
	wg.Go(func() { clusters, clusterErr = s.magnum.Clusters(ctx) })
	wg.Go(func() {
		var err error
		if limit, err = s.magnum.ClusterLimit(ctx, s.Project().ID); err != nil {
			o.debug(1, "the quota is not known: "+err.Error())
		}
	})
	wg.Wait()
	for _, err := range []error{templateErr, clusterErr} {
		if err != nil {
			return magnum.NewCluster{}, nil, err
		}
	}
	t, err := cluster.Template(templates, o.template)
	if err != nil {
		return magnum.NewCluster{}, nil, err
	}
	if err := o.checkRoom(s, clusters, limit); err != nil {
		return magnum.NewCluster{}, nil, err
	}
	request, err := o.spec.Request(t)
	return request, t, err
}

// checkRoom looks whether there is room for another cluster of that name.
// Magnum would make a second one of the same name, which nobody can then tell
// from the first.
func (o *clusterCreateOptions) checkRoom(s *session, clusters []magnum.Cluster, limit int) error {
	if slices.ContainsFunc(clusters, func(c magnum.Cluster) bool { return c.Name == o.spec.Name }) {
		return clierr.Errorf("choose another name, or delete that one first", "there is a cluster called %q in project %q", o.spec.Name, s.Project().Name)
	}
	if limit <= 0 {
		return nil
	}
	if len(clusters) >= limit {
		return clierr.Errorf("delete a cluster, or ask the cloud's support for a larger quota",
			"project %q has %d of the %d clusters that it may have", s.Project().Name, len(clusters), limit)
	}
	fmt.Fprintf(o.env.ErrOut, "Project %q has %d of the %d clusters that it may have.\n", s.Project().Name, len(clusters), limit)
	return nil
}

func (o *clusterCreateOptions) print(c created) error {
	switch o.output.Value {
	case "json":
		return cli.PrintObject(o.env.Out, "json", c)
	case "name":
		_, err := fmt.Fprintln(o.env.Out, c.Name)
		return err
	}
	return cli.PrintTable(o.env.Out, []string{"NAME", "VERSION", "MASTERS", "NODES", "TEMPLATE"},
		[][]string{{c.Name, c.Version, strconv.Itoa(c.MasterCount), strconv.Itoa(c.NodeCount), c.Template}})
}

func (o *clusterCreateOptions) waitFor(ctx context.Context, s *session, uuid string, began time.Time, events bool) error {
	w := waitOptions{operation: cluster.Create, limit: o.wait, began: began}
	if events {
		w.events = o.env.Out
	}
	after, err := o.follow(ctx, s, w, &magnum.Cluster{UUID: uuid, Name: o.spec.Name})
	if err == nil && !events {
		o.conclude(o.spec.Name, after)
	}
	return err
}

// logIn is what 'login UUID' does.
func (o *clusterCreateOptions) logIn(ctx context.Context, uuid string) error {
	l := newLoginOptions(o.env)
	l.identity, l.kubeconfig = o.identity, o.kubeconfig
	l.progress = nil
	l.output.Value = o.output.Value
	if err := l.complete([]string{uuid}); err != nil {
		return err
	}
	return clierr.WithHint(l.run(ctx), fmt.Sprintf("the cluster is there: log in with 'kubectl catalyst login %s'", o.spec.Name))
}

// checkKubeconfig looks whether a kubeconfig can be read and edited.
func checkKubeconfig(explicit string, env cli.Env) error {
	files, err := kubeconfig.Locate(explicit, env.Getenv)
	if err == nil {
		_, err = files.List()
	}
	return err
}
