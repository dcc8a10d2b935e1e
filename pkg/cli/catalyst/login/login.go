package login

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/wait"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// options is the command line of login.
type options struct {
	session.Identity
	login  login.Options
	auth   cli.Choice
	wait   time.Duration
	output *cli.OutputFlag
}

// New returns the command login.
func New(env cli.Env) *cobra.Command {
	o := &options{Identity: session.Identity{Env: env}, output: cli.Output("table", "wide", "json", "yaml", "name"),
		auth: cli.Choice{Value: string(login.Auto), Allowed: []string{string(login.Auto), string(credential.ModeKeystone), string(credential.ModeCertificate)}}}
	cmd := &cobra.Command{
		Use:   "login CLUSTER...",
		Short: "Fetch the configuration of clusters and merge it into your kubeconfig",
		Long: `Fetch the configuration of clusters from Magnum and merge it into your kubeconfig.

A cluster is named by its name or UUID. Everything else in the kubeconfig stays
as it is, byte for byte. No secret is written into it unless you ask for that
with --embed: kubectl calls this program for a credential, which is kept in a
private cache and renewed when needed.

With --auth auto (the default) you are to the cluster who you are to OpenStack
where its API server accepts your token, and its administrator by a certificate
where it does not. Where the API server does not answer, the cluster's label
keystone_auth_enabled decides.

A login that works stays: where Magnum names another CA than your login has, the
API server has to show that CA before it is written.`,
		Example: `  # Log in and use the cluster
  kubectl catalyst login prod

  # Log in to all clusters of the project, leave the current context alone
  kubectl catalyst login --all --no-use

  # A cluster with a private API: kubectl goes through a host of yours with ssh
  kubectl catalyst login prod --bastion ubuntu@bastion.example.org

  # Wait for a cluster that is being created, then log in
  kubectl catalyst login prod --wait

  # A file for a colleague, without any secret in it
  kubectl catalyst login prod --output-kubeconfig prod.yaml

  # Use a file that a colleague sent
  kubectl catalyst login --from-file prod.yaml

  # Use it only if it has the CA that the colleague told you about
  kubectl catalyst login --from-file prod.yaml --ca-fingerprint 0f9a4c1d7b62e85390d1a2c3b4e5f60718293a4b5c6d7e8f9a0b1c2d3e4f5061`,
		Args: func(_ *cobra.Command, args []string) error { return o.complete(args) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			return RunAndPrint(cmd.Context(), &o.Identity, o.login, o.wait, o.output)
		},
	}
	o.bind(cmd.Flags())
	return cmd
}

func (o *options) bind(fs *pflag.FlagSet) {
	o.Bind(fs)
	l := &o.login
	o.output.Bind(fs)
	fs.BoolVar(&l.All, "all", false, "log in to all clusters of the project")
	fs.Var(&o.auth, "auth", "how the cluster knows you")
	fs.BoolVar(&l.Embed, "embed", false, "put the credential itself into the kubeconfig")
	fs.StringVar(&l.Context, "context", "", "name of the context (default: the name of the cluster)")
	fs.StringVar(&l.ContextTemplate, "context-template", "", "name of each context with {{.Cluster}}, {{.UUID}}, {{.Project}}, {{.Region}}, {{.Cloud}} and {{.User}} filled in")
	fs.StringVarP(&l.Namespace, "namespace", "n", "", "namespace of the context")
	fs.BoolVar(&l.NoUse, "no-use", false, "leave the current context as it is")
	wait.BindFlag(fs, &o.wait, "wait for clusters that are being created, at most this long")
	fs.BoolVar(&l.DryRun, "dry-run", false, "show what would change in the kubeconfig, and change nothing")
	fs.StringVar(&l.OutputFile, "output-kubeconfig", "", "write a stand-alone kubeconfig to this file (- for stdout) instead of merging")
	fs.StringVar(&l.FromFile, "from-file", "", "merge this kubeconfig (- for stdin), which somebody shared, instead of asking OpenStack")
	fs.StringSliceVar(&l.Fingerprints, "ca-fingerprint", nil, "SHA-256 `fingerprint` that the cluster's CA must have; repeat it, or separate several with commas")
	fs.StringVar(&l.Server, "server", "", "https URL of the API server in place of the cluster's own")
	fs.StringVar(&l.ProxyURL, "proxy-url", "", "proxy on the way to the API server (http, https or socks5)")
	fs.StringVar(&l.TLSServerName, "tls-server-name", "", "name to verify in the API server's certificate")
	l.Bastion.Bind(fs)
	fs.BoolVar(&l.NoCheck, "no-check", false, "do not contact the API server")
	cli.BindKubeconfig(fs, &l.Kubeconfig, "kubeconfig to merge into")
}

// complete takes the arguments, and checks the command line: nothing is asked of
// anybody before it holds.
func (o *options) complete(args []string) error {
	o.login.Clusters, o.login.Auth, o.login.Wait = args, credential.Mode(o.auth.Value), o.wait > 0
	return o.validate()
}

// validate returns what is wrong with the command line.
func (o *options) validate() error {
	l := &o.login
	bad := func(problem string) error { return clierr.New(clierr.Usage, "", "%s", problem) }
	switch {
	case l.FromFile != "" && (len(l.Clusters) > 0 || l.All):
		return bad("--from-file names the clusters itself: leave out CLUSTER and --all")
	case l.FromFile != "" && (l.OutputFile != "" || l.Embed || o.wait != 0):
		return bad("--from-file cannot be combined with --output-kubeconfig, --embed or --wait")
	case l.FromFile != "":
	case l.All && len(l.Clusters) > 0:
		return bad("name clusters or use --all, not both")
	case !l.All && len(l.Clusters) == 0:
		return clierr.New(clierr.Usage, "'kubectl catalyst login --all' logs in to all clusters", "no cluster named")
	}
	switch {
	case l.Context != "" && l.ContextTemplate != "":
		return bad("use one of --context and --context-template")
	case l.Context != "" && (l.All || len(l.Clusters) > 1):
		return bad("--context names one context; for several clusters use --context-template")
	case (l.Server != "" || l.TLSServerName != "") && (l.All || len(l.Clusters) > 1):
		return bad("--server and --tls-server-name are for one cluster")
	case l.Bastion.IsHost() && l.ProxyURL != "":
		return bad("use one of --bastion and --proxy-url")
	case l.Bastion.IsHost() && l.Embed:
		return bad("--embed leaves nobody to bring up the tunnel through --bastion: use 'kubectl catalyst tunnel' with it")
	case o.wait < 0:
		return wait.ErrNegative
	case l.DryRun && l.OutputFile != "":
		return bad("use one of --dry-run and --output-kubeconfig")
	}
	if err := checkURLs(l); err != nil {
		return err
	}
	for _, pin := range l.Fingerprints {
		if _, err := credential.ParsePin(pin); err != nil {
			return err
		}
	}
	return login.CheckContextTemplate(l.ContextTemplate)
}

// checkURLs refuses addresses that may not stand in a kubeconfig.
func checkURLs(l *login.Options) error {
	if l.Server != "" {
		if u, err := url.Parse(l.Server); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
			return clierr.New(clierr.Usage, "", "--server %q is not an https URL", l.Server)
		}
	}
	if err := l.Bastion.Check(); err != nil || l.ProxyURL == "" {
		return err
	}
	u, err := url.Parse(l.ProxyURL)
	if err != nil || u.Host == "" {
		return clierr.New(clierr.Usage, "", "--proxy-url is not a URL")
	}
	if u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" {
		return clierr.New(clierr.Usage, "", "--proxy-url must begin with http://, https:// or socks5://")
	}
	if u.User != nil {
		return clierr.New(clierr.Usage, "a proxy that needs a password belongs into HTTPS_PROXY",
			"--proxy-url may not hold a password: it would stand in the kubeconfig")
	}
	return nil
}

// Run logs in as somebody at the command line. limit is how long a cluster that is
// being created is waited for, where o asks for that.
func Run(ctx context.Context, id *session.Identity, o login.Options, limit time.Duration) (login.Result, error) {
	env := id.Env
	o.RequestTimeout = id.RequestTimeout
	o.Host = login.Host{
		In: env.In, Out: env.Out, ErrOut: env.ErrOut, Getenv: env.Getenv, Now: env.Now,
		SignIn: id.Connect, Cache: id.Store, Tunnels: id.Tunnels(), Display: display{env, id, limit},
	}
	if env.Terminal != nil {
		o.Ask = func(ctx context.Context, question string) (string, error) {
			return env.Terminal.Ask(ctx, question, false)
		}
	}
	return login.Run(ctx, o)
}

// display shows a login on stderr.
type display struct {
	cli.Env
	id    *session.Identity
	limit time.Duration
}

func (d display) Progress() login.Progress { return progress{d.Env.Progress(), d} }

type progress struct {
	*cli.Progress
	display display
}

func (p progress) Line(name string) login.Line { return line{p.Progress.Line(name), p.display} }

type line struct {
	*cli.Line
	display display
}

func (l line) Wait(ctx context.Context, s *login.Session, c *magnum.Cluster) error {
	o := wait.Options{Operation: cluster.Create, Resumed: true, Limit: l.display.limit, Line: l.Line}
	_, err := wait.For(ctx, l.display.id, s, o, c)
	return err
}

// RunAndPrint logs in and prints the logins: data on stdout, what is current on
// stderr.
func RunAndPrint(ctx context.Context, id *session.Identity, o login.Options, limit time.Duration, output *cli.OutputFlag) error {
	result, err := Run(ctx, id, o, limit)
	if len(result.Logins) == 0 {
		return err
	}
	if o.OutputFile != "-" && !o.DryRun {
		printErr := printLogins(id.Env, output, result.Logins)
		if printErr == nil && output.IsTable() && len(result.Logins) == 1 && !o.NoUse && o.OutputFile == "" {
			fmt.Fprintf(id.Env.ErrOut, "kubectl now uses context %q.\n", result.Logins[0].Context)
		}
		err = errors.Join(err, printErr)
	}
	if o.OutputFile != "" {
		printFingerprints(id.Env, result.Logins)
	}
	return err
}

func printLogins(env cli.Env, output *cli.OutputFlag, logins []login.Login) error {
	return output.Print(env.Out, logins, cli.Rows(logins, func(l login.Login) string { return l.Context }, []cli.Column[login.Login]{
		{Title: "CLUSTER", Cell: func(l login.Login) string { return l.Cluster }},
		{Title: "CONTEXT", Cell: func(l login.Login) string { return l.Context }},
		{Title: "AUTH", Cell: func(l login.Login) string { return l.Auth }},
		{Title: "VERSION", Cell: func(l login.Login) string {
			if l.Reachable != nil && !*l.Reachable {
				return "<unreachable>"
			}
			return l.Version
		}},
		{Title: "UUID", Wide: true, Cell: func(l login.Login) string { return l.UUID }},
		{Title: "PROJECT", Wide: true, Cell: func(l login.Login) string { return l.Project }},
		{Title: "REGION", Wide: true, Cell: func(l login.Login) string { return l.Region }},
		{Title: "SERVER", Wide: true, Cell: func(l login.Login) string { return l.Server }},
		{Title: "KUBECONFIG", Wide: true, Cell: func(l login.Login) string { return l.Kubeconfig }},
	}...))
}

// printFingerprints writes on stderr what to pass on beside a file.
func printFingerprints(env cli.Env, logins []login.Login) {
	for _, l := range logins {
		fmt.Fprintf(env.ErrOut, "CA of %q: SHA-256 %s\n", l.Context, l.CAFingerprint)
	}
	env.Hint("tell the fingerprint to whoever gets the file, by another way than the file goes: they give it with --ca-fingerprint")
}
