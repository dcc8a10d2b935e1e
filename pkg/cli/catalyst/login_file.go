package catalyst

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// maxShared bounds a kubeconfig that somebody sent.
const maxShared = 16 << 20

// importFile merges a kubeconfig that somebody shared. Its names are kept
// unless --context says otherwise; OpenStack is not asked.
func (o *loginOptions) importFile(ctx context.Context) error {
	data, err := o.readShared()
	if err != nil {
		return err
	}
	entries, current, err := kubeconfig.Read(data)
	if err != nil {
		return clierr.WithHint(fmt.Errorf("reading %q: %w", o.fromFile, err), "ask for a file made with 'kubectl catalyst login CLUSTER --output-kubeconfig FILE'")
	}
	if len(entries) == 0 {
		return clierr.Errorf("ask for a file made with 'kubectl catalyst login CLUSTER --output-kubeconfig FILE'", "%q holds no context", o.fromFile)
	}
	if err := o.look(); err != nil {
		return err
	}
	if err := o.adapt(ctx, entries); err != nil {
		return err
	}
	use := ""
	if !o.noUse {
		if use = current; len(entries) == 1 {
			use = entries[0].Context
		}
	}
	changes, owned, err := o.files.Merge(ctx, entries, use)
	if err != nil {
		return err
	}
	if err := o.endLeft(ctx); err != nil {
		return err
	}
	o.warnAboutPath(entries)
	return o.reportImport(changes, owned, entries)
}

func (o *loginOptions) readShared() ([]byte, error) {
	in := o.env.In
	if o.fromFile != "-" {
		f, err := os.Open(o.fromFile)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxShared+1))
	if err == nil && len(data) > maxShared {
		err = errors.New("it is larger than any kubeconfig")
	}
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", o.fromFile, err)
	}
	return data, nil
}

// adapt applies the flags to what was shared, and warns about what it does
// that a login of ours never would.
func (o *loginOptions) adapt(ctx context.Context, entries []kubeconfig.Entry) error {
	if o.context != "" && len(entries) > 1 {
		return clierr.New(clierr.Usage, "", "--context names one context, and %q holds %d", o.fromFile, len(entries))
	}
	for i := range entries {
		e := &entries[i]
		if o.context != "" {
			e.Context = o.context
		}
		if o.namespace != "" {
			e.Namespace = o.namespace
		}
		if o.server != "" {
			e.Server = o.server
		}
		if o.proxyURL != "" {
			e.ProxyURL = o.proxyURL
		}
		if o.tlsServerName != "" {
			e.TLSServerName = o.tlsServerName
		}
		if err := o.leadShared(ctx, e); err != nil {
			return err
		}
		if e.Insecure {
			return clierr.Errorf("ask for a file made with 'kubectl catalyst login CLUSTER --output-kubeconfig FILE'",
				"context %q switches off TLS verification", e.Context)
		}
		if e.Exec != nil && e.Exec.Command != program {
			o.env.Warn(fmt.Sprintf("context %q runs the command %q to get its credential", e.Context, e.Exec.Command),
				"make sure that you trust who sent it")
		}
	}
	return nil
}

func (o *loginOptions) reportImport(changes []kubeconfig.Change, owned []kubeconfig.Owned, entries []kubeconfig.Entry) error {
	changed := map[string]bool{}
	for _, c := range changes {
		changed[c.Path] = true
		if o.dryRun {
			fmt.Fprint(o.env.Out, kubeconfig.Diff(c.Path, c.Old, c.New))
		}
	}
	if o.dryRun {
		return nil
	}
	var logins []*clusterLogin
	for i, w := range owned {
		logins = append(logins, &clusterLogin{result: loginResult{
			Cluster: w.ClusterName, UUID: w.ClusterUUID, Project: w.ProjectName, Region: w.Region,
			Context: w.Context, Kubeconfig: w.Path, Auth: w.Auth, Server: entries[i].Server,
		}})
	}
	o.changed = changed
	return o.report(logins)
}
