package login

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/route"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// maxShared bounds a kubeconfig that somebody sent.
const maxShared = 16 << 20

// importFile merges a kubeconfig that somebody shared. Its names are kept
// unless --context says otherwise; OpenStack is not asked.
func (r *run) importFile(ctx context.Context) (Result, error) {
	logins, current, err := r.readShared()
	if err != nil {
		return Result{}, err
	}
	if err := r.readKubeconfig(); err != nil {
		return Result{}, err
	}
	if err := r.adapt(ctx, logins); err != nil {
		return Result{}, err
	}
	if err := r.requireAcceptance(ctx, logins); err != nil {
		return Result{}, err
	}
	entries := make([]kubeconfig.Entry, len(logins))
	for i, l := range logins {
		entries[i] = l.Entry
	}
	use := ""
	if !r.NoUse {
		if use = current; len(entries) == 1 {
			use = entries[0].Context
		}
	}
	written, err := r.merge(ctx, entries, use)
	if err != nil {
		return Result{}, err
	}
	if err := r.closeUnusedTunnels(ctx); err != nil || r.DryRun {
		return Result{}, err
	}
	r.rememberAccepted(logins)
	var result Result
	for i, w := range written {
		l := newLogin(w, logins[i].Server, logins[i].CAData)
		l.Changed = r.changed[l.Kubeconfig]
		result.Logins = append(result.Logins, l)
	}
	return result, nil
}

// readShared reads the file and takes from it what logins need.
func (r *run) readShared() (logins []*sharedLogin, current string, err error) {
	data, err := r.readSharedFile()
	if err != nil {
		return nil, "", fmt.Errorf("reading %q: %w", r.FromFile, err)
	}
	entries, current, err := kubeconfig.Read(data)
	if err != nil {
		return nil, "", clierr.WithHint(fmt.Errorf("reading %q: %w", r.FromFile, err), askForFile)
	}
	for _, e := range entries {
		l, err := readSharedLogin(e)
		if err != nil {
			return nil, "", clierr.WithCode(clierr.WithHint(fmt.Errorf("%q is not taken: %w", r.FromFile, err), askForFile), clierr.Failure)
		}
		logins = append(logins, l)
	}
	return logins, current, nil
}

func (r *run) readSharedFile() ([]byte, error) {
	in := r.In
	if r.FromFile != "-" {
		f, err := os.Open(r.FromFile)
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
func (r *run) adapt(ctx context.Context, logins []*sharedLogin) error {
	if r.Context != "" && len(logins) > 1 {
		return clierr.New(clierr.Usage, "", "--context names one context, and %q holds %d", r.FromFile, len(logins))
	}
	for _, l := range logins {
		if r.Context != "" {
			l.Context = r.Context
		}
		if r.Namespace != "" {
			l.Namespace = r.Namespace
		}
		if r.Server != "" {
			l.Server = r.Server
		}
		if r.ProxyURL != "" {
			l.ProxyURL = r.ProxyURL
		}
		if r.TLSServerName != "" {
			l.TLSServerName = r.TLSServerName
		}
		if err := r.chooseSharedRoute(ctx, l); err != nil {
			return err
		}
		if l.runsProgram() {
			l.Exec = l.args.Exec()
		}
	}
	return nil
}

// chooseSharedRoute chooses the route of a login that somebody shared. Their port
// means nothing here, and the host may be reached in another way from here.
func (r *run) chooseSharedRoute(ctx context.Context, l *sharedLogin) error {
	if !l.runsProgram() {
		if r.Bastion.IsHost() {
			return clierr.New(clierr.Usage, "use 'kubectl catalyst tunnel' with it", "context %q brings its credential itself: nobody would bring up the tunnel through --bastion", l.Context)
		}
		return nil
	}
	if _, theirs := tunnel.Port(l.ProxyURL); r.ProxyURL != "" {
		l.args.Bastion = route.Bastion{}
	} else if theirs && l.args.Bastion.Host != "" {
		l.ProxyURL = ""
	}
	choice, err := r.chooseRoute(ctx, l.args.Bastion, l.Owner)
	if err == nil {
		applyRoute(choice, &l.args, &l.Entry)
	}
	return err
}
