package cloud

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// renewPause is how long after a renewal a token that is refused again is not
// renewed once more: the refusal then has another reason.
const renewPause = 30 * time.Second

// Session is a signed-in account. It is safe for concurrent use.
type Session struct {
	mu      sync.Mutex
	c       *Cloud
	rec     *tokenRecord
	renewed time.Time
	catalog *catalog // of rec, once it was needed
}

// Format keeps token and password out of every fmt verb.
func (s *Session) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "cloud.Session{%s}", s.account().id) }

// Session returns a signed-in session: from the cached token while that is good
// for some minutes yet, else by signing in once, however many processes ask.
func (c *Cloud) Session(ctx context.Context) (*Session, error) {
	if rec := c.cachedToken(); rec != nil {
		c.debug(levelDecision, "token: kept one serves until %s", rec.Expires.UTC().Format(time.RFC3339))
		return &Session{c: c, rec: rec}, nil
	}
	c, rec, err := c.signInOnce(ctx, "")
	if err != nil {
		return nil, err
	}
	return &Session{c: c, rec: rec}, nil
}

// Token returns the token in use.
func (s *Session) Token() Token {
	rec := s.record()
	return Token{ID: rec.Token, Expires: rec.Expires}
}

// User returns who signed in.
func (s *Session) User() User { return s.record().User }

// Project returns the project the token is for.
func (s *Session) Project() Project { return s.record().Project }

// Roles returns the names of the user's roles in the project.
func (s *Session) Roles() []string { return slices.Clone(s.record().Roles) }

// Restricted reports whether an application credential signed in that may make neither
// others nor trusts, which a cluster needs.
func (s *Session) Restricted() bool { return s.record().Restricted }

// Pin returns the pin with which a kubeconfig entry finds this identity again.
func (s *Session) Pin() Pin { return s.record().pin() }

// Identity returns the account that signed in. Where a pin had to stand in for
// the configuration, that is the pinned one.
func (s *Session) Identity() Identity { return s.account().id }

// InRegion returns a session with the same token that finds its services in
// another region.
func (s *Session) InRegion(region string) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := *s.c
	c.id.Region = region
	return &Session{c: &c, rec: s.rec}
}

func (s *Session) account() *Cloud {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.c
}

func (s *Session) record() *tokenRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rec
}

// Renew replaces the token after a service refused it: by one that another
// process got meanwhile, or by signing in once. A token that was renewed just
// now is not replaced again.
func (s *Session) Renew(ctx context.Context) error { return s.renew(ctx, s.Token().ID) }

func (s *Session) renew(ctx context.Context, refused string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rec.Token != refused {
		return nil
	}
	now := s.c.opts.Now()
	if now.Sub(s.renewed) < renewPause {
		return clierr.New(clierr.SignIn, "ask the cloud's support; its services do not accept tokens of its own identity service",
			"a token that %s issued just now was refused", hostOf(s.c.id.AuthURL))
	}
	s.c.debug(levelDecision, "token: refused, replacing it")
	c, rec, err := s.c.signInOnce(ctx, refused)
	if err != nil {
		return err
	}
	s.c, s.rec, s.renewed, s.catalog = c, rec, now, nil
	return nil
}
