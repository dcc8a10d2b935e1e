// Package cloud is who you are to OpenStack. It finds the account the way
// python-openstackclient does (clouds.yaml and its companions, openrc
// variables, OS_TOKEN, application credentials), signs in to Keystone once,
// keeps the token privately with its catalog, and hands out clients for the
// services in it.
//
// Resolve looks at files and variables only. Session uses the network, and
// only when no kept token is good any more.
package cloud

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gophercloud/utils/v2/openstack/clientconfig"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// Options is what Resolve needs to know. The zero value finds nothing, asks
// nothing and keeps nothing.
type Options struct {
	Cloud  string // --os-cloud; "" lets the environment decide
	Region string // --os-region-name; "" lets the environment decide
	Pin    Pin    // the identity a kubeconfig entry belongs to; zero when none

	Getenv func(string) string // the environment; nil is an empty one
	Dir    string              // the current folder; "" is the process's own
	Prompt Prompter            // nil: never ask
	Store  *store.Store        // nil: keep no token

	// SkipFolder leaves aside what the current folder says of clouds. Whatever runs
	// without being asked for (credential, completion) sets it: it would sign in
	// where somebody else's folder says.
	SkipFolder bool

	// Warn and Debug may be nil. One Cloud and its sessions call them one at a
	// time; neither is ever given a secret.
	Warn      func(string)                // one line each
	Debug     func(level int, msg string) // detail, see the Level constants
	Now       func() time.Time            // nil is time.Now
	UserAgent string                      // put before gophercloud's own
	// Timeout is how long one request may take with its answer; 0: three minutes,
	// as long as the answer makes progress.
	Timeout time.Duration

	// Proxy finds the proxy for a request, nil for none. Left nil it is net/http's,
	// which reads HTTPS_PROXY and its kin of the process, as kubectl does.
	Proxy func(*http.Request) (*url.URL, error)
}

// Levels at which Options.Debug is called; they follow kubectl's -v.
const (
	LevelDecision = 1 // where the identity came from, whether a kept token served
	LevelRequest  = 6 // method, URL, status and duration of each request
	LevelHeader   = 7 // and the harmless ones among the response's headers
)

// Prompter asks the person at the terminal. A secret answer is not echoed.
type Prompter interface {
	Ask(ctx context.Context, label string, secret bool) (string, error)
}

// Cloud is a resolved account: it knows where to sign in and as whom, and has
// not used the network.
type Cloud struct {
	opts     Options
	id       Identity
	auth     clientconfig.AuthInfo
	passcode string
	conf     settings
	tls      tlsFiles
	net      *network

	versioned bool   // the auth URL names the version of the API
	pinned    bool   // the configuration belongs to someone else: only the pin counts
	known     bool   // the user's own configuration names this Keystone, see mayAsk
	instead   string // who the configuration belongs to, or why there is none
}

// network is what all clients of a Cloud share.
type network struct {
	telling   sync.Mutex
	plain     map[string]bool // the hosts that were warned about, see warnPlain
	once      sync.Once
	transport *http.Transport
	err       error
}

// Identity returns who will sign in, without secrets. What Keystone alone
// knows, such as ids behind names, is in the Session.
func (c *Cloud) Identity() Identity { return c.id }

// Format keeps passwords out of every fmt verb.
func (c Cloud) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "cloud.Cloud{%s}", c.id) }

func (c *Cloud) warn(format string, args ...any) {
	if c.opts.Warn != nil {
		c.net.telling.Lock()
		defer c.net.telling.Unlock()
		c.opts.Warn(fmt.Sprintf(format, args...))
	}
}

func (c *Cloud) debug(level int, format string, args ...any) {
	if c.opts.Debug != nil {
		c.net.telling.Lock()
		defer c.net.telling.Unlock()
		c.opts.Debug(level, fmt.Sprintf(format, args...))
	}
}

// withDefaults fills in what may be left out.
func (o Options) withDefaults() Options {
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
