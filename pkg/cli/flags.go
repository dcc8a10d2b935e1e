package cli

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Choice is a flag value out of a fixed set, which its help lists.
type Choice struct {
	Value   string
	Allowed []string
}

func (c *Choice) String() string { return c.Value }

// Type is what help shows for the value.
func (c *Choice) Type() string { return strings.Join(c.Allowed, "|") }

// Set accepts one of the allowed values.
func (c *Choice) Set(s string) error {
	for _, a := range c.Allowed {
		if s == a {
			c.Value = s
			return nil
		}
	}
	return clierr.New(clierr.Usage, "", "must be one of: %s", strings.Join(c.Allowed, ", "))
}

// Timeout is a flag value as kubectl's --request-timeout takes it: a duration, or
// a number of seconds; 0 is no limit.
type Timeout time.Duration

func (t *Timeout) String() string {
	if *t == 0 {
		return "0"
	}
	return time.Duration(*t).String()
}

// Type is what help shows for the value.
func (t *Timeout) Type() string { return "duration" }

// Set reads the value.
func (t *Timeout) Set(s string) error {
	d, err := time.ParseDuration(s)
	if seconds, bare := strconv.ParseUint(s, 10, 31); bare == nil {
		d, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || d < 0 {
		return clierr.New(clierr.Usage, "", "must be a duration such as 30s or 2m, or a number of seconds")
	}
	*t = Timeout(d)
	return nil
}

// BindKubeconfig adds --kubeconfig; usage says what the file is for.
func BindKubeconfig(fs *pflag.FlagSet, path *string, usage string) {
	fs.StringVar(path, "kubeconfig", "", usage+" (KUBECONFIG, or ~/.kube/config)")
}
