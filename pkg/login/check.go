package login

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/route"
)

// checkTimeout bounds how long a login waits for an API server's version.
const checkTimeout = 5 * time.Second

// checkServers asks each API server for its version and warns about what is in the
// way of those that do not answer. The logins count all the same.
func (r *run) checkServers(ctx context.Context, token string, logins []*clusterLogin) {
	progress := r.Display.Progress()
	problems := make([]error, len(logins))
	var wg sync.WaitGroup
	for i, l := range logins {
		line := progress.Line(l.Cluster.Name)
		line.Set("asking the API server for its version")
		wg.Go(func() { problems[i] = r.checkServer(ctx, token, l) })
	}
	wg.Wait()
	progress.Close()
	for i, err := range problems {
		var e *apiserver.Error
		if errors.As(err, &e) {
			r.Display.Warn(fmt.Sprintf("logged in to %q, but its %v", logins[i].Cluster.Name, e), e.Hint())
		} else if err != nil {
			r.Display.Warn(fmt.Sprintf("logged in to %q, but %v", logins[i].Cluster.Name, err), clierr.Hint(err))
		}
	}
}

func (r *run) checkServer(ctx context.Context, token string, l *clusterLogin) error {
	reachable := false
	l.result.Reachable = &reachable
	through := route.TunnelOf(l.written)
	if err := r.Tunnels.BringUp(ctx, through); err != nil {
		return err
	}
	if r.RequestTimeout == 0 { // else each request has a limit of its own
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, checkTimeout)
		defer cancel()
	}
	var auth apiserver.Auth
	if l.Mode == credential.ModeKeystone {
		auth.Token = token
	} else {
		auth.CertPEM, auth.KeyPEM = l.Certificate.CertPEM, l.Certificate.KeyPEM
	}
	began := time.Now()
	at := apiserver.Endpoint{
		Server: l.written.Server, CA: l.CA, TLSServerName: l.written.TLSServerName, ProxyURL: l.written.ProxyURL,
		Timeout: r.RequestTimeout,
	}
	version, err := at.Client(auth).Version(ctx)
	reachable, l.result.Version = err == nil, version
	if reachable && !r.Embed {
		if cache := r.Cache(); cache != nil {
			credential.RememberChecked(ctx, cache, l.ref, r.Now(), time.Since(began))
		}
	}
	return r.Tunnels.Explain(ctx, through, err)
}
