package cloud

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gophercloud/gophercloud/v2"
)

// Token is a Keystone token. Printing it with any verb shows no part of its ID.
type Token struct {
	ID      string
	Expires time.Time
}

// Format prints when the token expires and hides the rest.
func (t Token) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "token(redacted, expires %s)", t.Expires.UTC().Format(time.RFC3339))
}

// User is the person or program a token was issued to.
type User struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	DomainID   string `json:"domain_id"`
	DomainName string `json:"domain_name"`
}

// Project is what a token is scoped to.
type Project struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	DomainID   string `json:"domain_id"`
	DomainName string `json:"domain_name"`
}

// Session is a signed-in account. It is safe for concurrent use.
type Session struct {
	c   *Cloud
	mu  sync.Mutex
	rec *record
}

type record struct {
	Token     string    `json:"token"`
	Expires   time.Time `json:"expires"`
	User      User      `json:"user"`
	Project   Project   `json:"project"`
	Roles     []string  `json:"roles"`
	AppCredID string    `json:"application_credential_id,omitempty"`
}

// Session returns a signed-in session: from the kept token while it is good
// for some minutes yet, else by signing in once, whatever the number of
// processes that want to.
func (c *Cloud) Session(ctx context.Context) (*Session, error) {
	return nil, errors.New("signing in is not written yet")
}

// SignOut forgets the kept token, without the network. The token itself stays
// valid until it expires.
func (c *Cloud) SignOut() error { return nil }

// Token returns the token in use.
func (s *Session) Token() Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Token{ID: s.rec.Token, Expires: s.rec.Expires}
}

// User returns who signed in.
func (s *Session) User() User { return s.rec.User }

// Project returns the project the token is for.
func (s *Session) Project() Project { return s.rec.Project }

// Roles returns the names of the user's roles in the project.
func (s *Session) Roles() []string { return s.rec.Roles }

// Region returns the region in use, "" when the catalog has to decide.
func (s *Session) Region() string { return s.c.id.Region }

// Pin returns what a kubeconfig entry should expect to find again.
func (s *Session) Pin() Pin { return Pin{} }

// Service returns a client for a service of the catalog, such as
// "container-infra", in the session's region and over its interface. It does
// not use the network. A *RegionError or *ServiceError tells what there is
// instead.
func (s *Session) Service(serviceType string) (*gophercloud.ServiceClient, error) {
	return nil, errors.New("signing in is not written yet")
}

// Regions lists the regions in which a service is offered.
func (s *Session) Regions(serviceType string) []string { return nil }

// Renew replaces the token once, after a service refused it.
func (s *Session) Renew(ctx context.Context) error { return nil }
