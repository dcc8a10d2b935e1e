package cloud

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/gophercloud/utils/v2/openstack/clientconfig"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// Options are the inputs of Resolve. The zero value finds nothing, asks nothing
// and caches nothing.
type Options struct {
	Cloud  string // --os-cloud; "" lets the environment decide
	Region string // --os-region-name; "" lets the environment decide
	Pin    Pin    // the identity a kubeconfig entry belongs to; zero when none

	Getenv func(string) string // the environment; nil is an empty one
	Dir    string              // the current folder; "" is the process's own
	Prompt prompter            // nil: never ask
	Store  *store.Store        // nil: cache no token

	// SkipFolder ignores the clouds of the current folder. Whatever runs
	// without being asked for (credential, completion) sets it: it would sign in
	// where somebody else's folder says.
	SkipFolder bool

	// Warn and Debug may be nil. One Cloud and its sessions call them one at a
	// time; neither is ever given a secret.
	Warn      func(string)                // one line each
	Debug     func(level int, msg string) // detail, see the level constants
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
	levelDecision = 1 // where the identity came from, whether a cached token served
	levelRequest  = 6 // method, URL, status and duration of each request
	levelHeader   = 7 // and the harmless ones among the response's headers
)

// prompter asks the person at the terminal. A secret answer is not echoed.
type prompter interface {
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

// network is shared by all clients of a Cloud.
type network struct {
	output    sync.Mutex
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
		c.net.output.Lock()
		defer c.net.output.Unlock()
		c.opts.Warn(fmt.Sprintf(format, args...))
	}
}

func (c *Cloud) debug(level int, format string, args ...any) {
	if c.opts.Debug != nil {
		c.net.output.Lock()
		defer c.net.output.Unlock()
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

// secretSetting matches the names of settings whose value is a secret.
var secretSetting = regexp.MustCompile(`(?i)(passw|passcode|secret|token|credential|private_?key|api_?key|access_?key)`)

// Secrets returns the secrets that files and variables give for the account, and
// those in the files that they name, so that a caller can remove them from a text.
// A file that cannot be read has none: it is not used either.
func (c *Cloud) Secrets() []string {
	var list []string
	for key, value := range c.conf {
		if secretSetting.MatchString(key) && !strings.HasSuffix(key, "_id") && !strings.HasSuffix(key, "_name") && !strings.HasSuffix(key, "_type") {
			list = append(list, value)
		}
		if u, err := url.Parse(value); err == nil && u.User != nil {
			if password, has := u.User.Password(); has {
				list = append(list, password)
			}
		}
	}
	for _, path := range []string{c.tls.key, c.tls.cert} {
		if path == "" {
			continue
		}
		if data, err := readBounded(path); err == nil && strings.Contains(string(data), "PRIVATE KEY") {
			list = append(list, string(data))
		}
	}
	return list
}
