package catalyst

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// checkTimeout bounds how long a login waits for an API server's version.
const checkTimeout = 5 * time.Second

// loginResult is one row of what login prints.
type loginResult struct {
	Cluster    string `json:"cluster"`
	UUID       string `json:"uuid"`
	Project    string `json:"project"`
	Region     string `json:"region"`
	Context    string `json:"context"`
	Kubeconfig string `json:"kubeconfig"`
	Auth       string `json:"auth"`
	Server     string `json:"server"`
	Changed    bool   `json:"changed"`
	Reachable  *bool  `json:"reachable"` // null with --no-check
	Version    string `json:"version"`
	// CAFingerprint is what --ca-fingerprint takes: the SHA-256 of each
	// certificate of the CA.
	CAFingerprint string `json:"ca_fingerprint"`
}

func newResult(l *clusterLogin, o kubeconfig.Owned) loginResult {
	return loginResult{
		Cluster: l.Cluster.Name, UUID: l.Cluster.UUID, Project: o.ProjectName, Region: o.Region,
		Context: o.Context, Kubeconfig: o.Path, Auth: string(l.Mode), Server: l.Server, CAFingerprint: joinFingerprints(l.CA),
	}
}

// checkAll asks each API server for its version and says what is in the way of
// those that do not tell. The logins count all the same.
func (o *loginOptions) checkAll(ctx context.Context, token string, logins []*clusterLogin) {
	if o.noCheck {
		return
	}
	progress := o.env.Progress()
	o.progress = progress
	problems := make([]error, len(logins))
	var wg sync.WaitGroup
	for i, l := range logins {
		line := progress.Line(l.Cluster.Name)
		line.Set("asking the API server for its version")
		wg.Go(func() { problems[i] = o.check(ctx, token, l) })
	}
	wg.Wait()
	progress.Close()
	o.progress = nil
	for i, err := range problems {
		var e *apiserver.Error
		if errors.As(err, &e) {
			o.env.Warn(fmt.Sprintf("logged in to %q, but its %v", logins[i].Cluster.Name, e), e.Hint())
		} else if err != nil {
			o.env.Warn(fmt.Sprintf("logged in to %q, but %v", logins[i].Cluster.Name, err), clierr.Hint(err))
		}
	}
}

func (o *loginOptions) check(ctx context.Context, token string, l *clusterLogin) error {
	reachable := false
	l.result.Reachable = &reachable
	through := tunnelOf(l.owned)
	if err := o.bringUp(ctx, through); err != nil {
		return err
	}
	ctx, cancel := o.within(ctx, checkTimeout)
	defer cancel()
	var auth apiserver.Auth
	if l.Mode == credential.ModeKeystone {
		auth.Token = token
	} else {
		auth.CertPEM, auth.KeyPEM = l.Certificate.CertPEM, l.Certificate.KeyPEM
	}
	began := time.Now()
	version, err := apiserver.Version(ctx, apiserver.Endpoint{
		Server: l.owned.Server, CA: l.CA, TLSServerName: l.owned.TLSServerName, ProxyURL: l.owned.ProxyURL,
		Timeout: o.RequestTimeout,
	}, auth)
	reachable, l.result.Version = err == nil, version
	if reachable && !o.embed {
		if cache := o.store(); cache != nil {
			credential.Checked(ctx, cache, l.ref, o.env.Now(), time.Since(began))
		}
	}
	return o.untunnelled(ctx, through, err)
}

// report prints the logins: data on stdout, a word about what is current on
// stderr.
func (o *loginOptions) report(logins []*clusterLogin) error {
	results := make([]loginResult, len(logins))
	for i, l := range logins {
		l.result.Changed = o.changed[l.result.Kubeconfig]
		results[i] = l.result
	}
	if o.quiet {
		return nil
	}
	switch o.output.Value {
	case "json", "yaml":
		return cli.PrintObject(o.env.Out, o.output.Value, results)
	case "name":
		for _, r := range results {
			fmt.Fprintln(o.env.Out, r.Context)
		}
		return nil
	}
	return o.table(results)
}

func (o *loginOptions) table(results []loginResult) error {
	header := []string{"CLUSTER", "CONTEXT", "AUTH", "VERSION"}
	wide := o.output.Value == "wide"
	if wide {
		header = append(header, "UUID", "PROJECT", "REGION", "SERVER", "KUBECONFIG")
	}
	rows := make([][]string, len(results))
	for i, r := range results {
		version := r.Version
		if r.Reachable != nil && !*r.Reachable {
			version = "<unreachable>"
		}
		rows[i] = []string{r.Cluster, r.Context, r.Auth, version}
		if wide {
			rows[i] = append(rows[i], r.UUID, r.Project, r.Region, r.Server, r.Kubeconfig)
		}
	}
	if err := cli.PrintTable(o.env.Out, header, rows); err != nil {
		return err
	}
	if len(results) == 1 && !o.noUse && o.outputFile == "" {
		fmt.Fprintf(o.env.ErrOut, "kubectl now uses context %q.\n", results[0].Context)
	}
	return nil
}
