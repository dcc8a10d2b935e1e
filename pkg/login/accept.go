package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// errNoCache is the reason why nothing can be stored for somebody without a home.
var errNoCache = errors.New("there is no folder for the private cache")

// requireAcceptance shows where the logins of a file lead, and makes sure that
// somebody vouches for their CAs: --ca-fingerprint, an earlier login, or the person
// at the terminal. Without any of these the file is accepted with a warning.
func (r *run) requireAcceptance(ctx context.Context, logins []*sharedLogin) error {
	if err := checkFingerprints(r.Fingerprints, logins, func(l *sharedLogin) []byte { return l.CAData }); err != nil {
		return err
	}
	unknown := false
	for _, l := range logins {
		known, err := r.knownBefore(l)
		if err != nil {
			return err
		}
		unknown = unknown || !known
		r.showTarget(l)
	}
	r.warnAboutKeystone(logins)
	if len(r.Fingerprints) > 0 || !unknown {
		return nil
	}
	r.Display.Warn("only the file itself says that this is the CA of the cluster: where Magnum does not show the CA to you (developers, viewers), your token goes to whoever made it",
		"ask the sender for the fingerprint of the CA, by another way than the file came, and give it with --ca-fingerprint")
	if r.Ask == nil || r.DryRun {
		return nil
	}
	return r.askToAccept(ctx, logins)
}

// knownBefore reports whether the CA of a login is the one that the cluster had
// at an earlier login. Another one is refused unless it is pinned: it would
// change where the earlier logins lead.
func (r *run) knownBefore(l *sharedLogin) (bool, error) {
	known := false
	given := credential.Fingerprint(l.CAData)
	before := func(fingerprint, where string) error {
		if fingerprint == given {
			known = true
			return nil
		}
		if len(r.Fingerprints) > 0 {
			return nil
		}
		return clierr.Errorf("if the CA was replaced, ask the sender for its fingerprint and give it with --ca-fingerprint; else do not use the file",
			"the CA of context %q in %q is another one than that %s", l.Context, r.FromFile, where)
	}
	for _, w := range r.logins {
		if w.Cluster == "" || !sameTarget(l, w) {
			continue
		}
		if err := before(credential.Fingerprint(w.CAData), fmt.Sprintf("of your login %q", w.Context)); err != nil {
			return false, err
		}
	}
	if accepted := credential.Accepted(AcceptedCAs(r.Getenv), l.Owner.ClusterUUID); accepted != "" {
		if err := before(accepted, "which was accepted for the cluster before"); err != nil {
			return false, err
		}
	}
	return known, nil
}

// sameTarget reports whether a login of the file would share or take over parts
// of one that is there.
func sameTarget(l *sharedLogin, w kubeconfig.Owned) bool {
	o := l.Owner
	return o.ClusterUUID != "" && o.ClusterUUID == w.ClusterUUID || l.Cluster == w.Cluster || l.Context == w.Context ||
		o.ClusterUUID == "" && w.ClusterUUID == "" && l.Server == w.Server
}

// showTarget shows where a login leads.
func (r *run) showTarget(l *sharedLogin) {
	var b strings.Builder
	line := func(what, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-10s %s\n", what, clierr.Clean(value))
		}
	}
	fmt.Fprintf(&b, "context %q leads to\n", l.Context)
	line("server", l.Server)
	line("TLS name", l.TLSServerName)
	prints := credential.Fingerprints(l.CAData)
	for _, f := range prints {
		line("CA SHA-256", f)
	}
	if len(prints) == 0 {
		line("CA", "any that this system trusts")
	}
	line("auth URL", l.Owner.AuthURL)
	if l.args.Bastion.Host != "" {
		line("bastion", l.args.Bastion.Host+", with your ssh")
	} else if _, ours := tunnel.Port(l.ProxyURL); !ours || l.ProxyURL == r.ProxyURL {
		line("proxy", l.ProxyURL)
	}
	fmt.Fprint(r.ErrOut, b.String())
	if l.args.Bastion.Host != "" && r.Bastion.Host == "" { // the user's ssh will go where a file says
		r.Display.Hint(fmt.Sprintf("kubectl logs in to %s with your ssh to reach context %q; --bastion names another way", l.args.Bastion.Host, l.Context))
	}
}

// warnAboutKeystone points out an auth URL that no cloud of the user's has.
func (r *run) warnAboutKeystone(logins []*sharedLogin) {
	var warned []string
	for _, l := range logins {
		at := l.Owner.AuthURL
		if at == "" || slices.Contains(warned, at) || cloud.HasAuthURL(cloud.Options{Getenv: r.Getenv, SkipFolder: true}, at) {
			continue
		}
		warned = append(warned, at)
		r.Display.Warn(fmt.Sprintf("no cloud of yours has the auth URL %s", at),
			"if you do not know it, log out of the cluster again; kubectl never asks for a password to send there")
	}
}

// askToAccept asks the person as ssh does: yes, or the fingerprint itself.
func (r *run) askToAccept(ctx context.Context, logins []*sharedLogin) error {
	answer, err := r.Ask(ctx, "Log in with this file (yes, or the fingerprint that the sender told you)?")
	if err != nil {
		return err
	}
	answer = strings.TrimSpace(answer)
	if strings.EqualFold(answer, "yes") {
		return nil
	}
	if _, err := credential.ParsePin(answer); err != nil {
		return clierr.Errorf("answer yes, or give the fingerprint with --ca-fingerprint", "the file was not accepted: nothing was written")
	}
	r.Fingerprints = []string{answer}
	return checkFingerprints(r.Fingerprints, logins, func(l *sharedLogin) []byte { return l.CAData })
}

// rememberAccepted stores the CAs, so that a kubeconfig that is altered later gets
// no token of somebody who may not ask Magnum.
func (r *run) rememberAccepted(logins []*sharedLogin) {
	accepted := AcceptedCAs(r.Getenv)
	for _, l := range logins {
		if l.args.Mode != credential.ModeKeystone {
			continue
		}
		var err error
		if accepted == nil {
			err = errNoCache
		} else {
			err = credential.RememberAccepted(accepted, l.Owner.ClusterUUID, l.Owner.ProjectID, l.CAData)
		}
		if err != nil {
			r.Display.Warn(fmt.Sprintf("that you accepted the CA of context %q cannot be kept, and kubectl gets a token only if Magnum shows you the CA: %v", l.Context, err),
				"set XDG_CACHE_HOME to a folder of your own that can be written, and run the command again")
		}
	}
}

// AcceptedCAs returns where the CAs are that were accepted at logins from a file.
// They are no credentials, so that --no-cache makes no difference. nil where the
// user has no cache.
func AcceptedCAs(getenv func(string) string) *store.Store {
	dir, err := store.DefaultDir(getenv)
	if err != nil {
		return nil
	}
	return store.Open(dir)
}
