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
	logins, current, err := o.readShared()
	if err != nil {
		return err
	}
	if err := o.look(); err != nil {
		return err
	}
	if err := o.adapt(ctx, logins); err != nil {
		return err
	}
	if err := o.requireAcceptance(ctx, logins); err != nil {
		return err
	}
	entries := make([]kubeconfig.Entry, len(logins))
	for i, l := range logins {
		entries[i] = l.Entry
	}
	use := ""
	if !o.noUse {
		if use = current; len(entries) == 1 {
			use = entries[0].Context
		}
	}
	owned, err := o.mergeInto(ctx, entries, use)
	if err != nil {
		return err
	}
	if err := o.endLeft(ctx); err != nil || o.dryRun {
		return err
	}
	o.rememberAccepted(logins)
	return o.reportImport(owned, logins)
}

// readShared reads the file and takes from it what logins need.
func (o *loginOptions) readShared() (logins []*sharedLogin, current string, err error) {
	data, err := o.readSharedFile()
	if err != nil {
		return nil, "", fmt.Errorf("reading %q: %w", o.fromFile, err)
	}
	entries, current, err := kubeconfig.Read(data)
	if err != nil {
		return nil, "", clierr.WithHint(fmt.Errorf("reading %q: %w", o.fromFile, err), askForFile)
	}
	for _, e := range entries {
		l, err := readSharedLogin(e)
		if err != nil {
			return nil, "", clierr.WithCode(fmt.Errorf("%q is not taken: %w", o.fromFile, err), clierr.Failure)
		}
		logins = append(logins, l)
	}
	return logins, current, nil
}

func (o *loginOptions) readSharedFile() ([]byte, error) {
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
	return data, err
}

// adapt applies the flags to what was shared, and writes the exec entries.
func (o *loginOptions) adapt(ctx context.Context, logins []*sharedLogin) error {
	if o.context != "" && len(logins) > 1 {
		return clierr.New(clierr.Usage, "", "--context names one context, and %q holds %d", o.fromFile, len(logins))
	}
	for _, l := range logins {
		if o.context != "" {
			l.Context = o.context
		}
		if o.namespace != "" {
			l.Namespace = o.namespace
		}
		if o.server != "" {
			l.Server = o.server
		}
		if o.proxyURL != "" {
			l.ProxyURL = o.proxyURL
		}
		if o.tlsServerName != "" {
			l.TLSServerName = o.tlsServerName
		}
		if err := o.leadShared(ctx, l); err != nil {
			return err
		}
		if l.runsUs() {
			l.Exec = l.args.exec()
		}
	}
	return nil
}

func (o *loginOptions) reportImport(owned []kubeconfig.Owned, shared []*sharedLogin) error {
	var logins []*clusterLogin
	for i, w := range owned {
		logins = append(logins, &clusterLogin{result: loginResult{
			Cluster: w.ClusterName, UUID: w.ClusterUUID, Project: w.ProjectName, Region: w.Region,
			Context: w.Context, Kubeconfig: w.Path, Auth: w.Auth, Server: shared[i].Server, CAFingerprint: joinFingerprints(shared[i].CAData),
		}})
	}
	return o.report(logins)
}
