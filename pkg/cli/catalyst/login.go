package catalyst

import (
	"net/url"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
)

// loginOptions is the command line of login.
type loginOptions struct {
	identity
	kubeconfig      string
	clusters        []string
	all             bool
	auth            cli.Choice
	embed           bool
	context         string
	contextTemplate string
	namespace       string
	noUse           bool
	wait            time.Duration
	dryRun          bool
	outputFile      string
	fromFile        string
	server          string
	proxyURL        string
	tlsServerName   string
	pins            []string // --ca-fingerprint
	way             wayThrough
	noCheck         bool
	output          *cli.OutputFlag

	files   kubeconfig.Files
	present []kubeconfig.Owned // the logins in files
	changed map[string]bool    // files that were replaced
	ports   []int              // given to tunnels in this run
	left    []int              // of tunnels that a login no longer uses
	quiet   bool               // another command does the talking
}

// newLoginOptions are those of a login without any options.
func newLoginOptions(env cli.Env) *loginOptions {
	return &loginOptions{identity: identity{env: env}, output: cli.Output("table", "wide", "json", "yaml", "name"),
		auth: cli.Choice{Value: string(login.Auto), Allowed: []string{string(login.Auto), string(credential.ModeKeystone), string(credential.ModeCertificate)}}}
}

func newLogin(env cli.Env) *cobra.Command {
	o := newLoginOptions(env)
	cmd := &cobra.Command{
		Use:   "login CLUSTER...",
		Short: "Fetch the configuration of clusters and merge it into your kubeconfig",
		Long: `Fetch the configuration of clusters from Magnum and merge it into your kubeconfig.

A cluster is named by its name or UUID. Everything else in the kubeconfig stays
as it is, byte for byte. No secret is written into it unless you ask for that
with --embed: kubectl calls this program for a credential, which is kept in a
private cache and renewed when needed.

With --auth auto (the default) you are to the cluster who you are to OpenStack
where the cluster asks Keystone (label keystone_auth_enabled), and its
administrator by a certificate where it does not.`,
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
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.bind(cmd.Flags())
	return cmd
}

func (o *loginOptions) bind(fs *pflag.FlagSet) {
	o.identity.bind(fs)
	o.output.Bind(fs)
	fs.BoolVar(&o.all, "all", false, "log in to all clusters of the project")
	fs.Var(&o.auth, "auth", "how the cluster knows you")
	fs.BoolVar(&o.embed, "embed", false, "put the credential itself into the kubeconfig")
	fs.StringVar(&o.context, "context", "", "name of the context (default: the name of the cluster)")
	fs.StringVar(&o.contextTemplate, "context-template", "", "name of each context with {{.Cluster}}, {{.UUID}}, {{.Project}}, {{.Region}}, {{.Cloud}} and {{.User}} filled in")
	fs.StringVarP(&o.namespace, "namespace", "n", "", "namespace of the context")
	fs.BoolVar(&o.noUse, "no-use", false, "leave the current context as it is")
	bindWait(fs, &o.wait, "wait for clusters that are being created, at most this long")
	fs.BoolVar(&o.dryRun, "dry-run", false, "show what would change in the kubeconfig, and change nothing")
	fs.StringVar(&o.outputFile, "output-kubeconfig", "", "write a stand-alone kubeconfig to this file (- for stdout) instead of merging")
	fs.StringVar(&o.fromFile, "from-file", "", "merge this kubeconfig (- for stdin), which somebody shared, instead of asking OpenStack")
	fs.StringSliceVar(&o.pins, "ca-fingerprint", nil, "SHA-256 `fingerprint` that the cluster's CA must have; repeat it, or separate several with commas")
	fs.StringVar(&o.server, "server", "", "https URL of the API server in place of the cluster's own")
	fs.StringVar(&o.proxyURL, "proxy-url", "", "proxy on the way to the API server (http, https or socks5)")
	fs.StringVar(&o.tlsServerName, "tls-server-name", "", "name to verify in the API server's certificate")
	o.way.bind(fs)
	fs.BoolVar(&o.noCheck, "no-check", false, "do not contact the API server")
	fs.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig to merge into (KUBECONFIG, or ~/.kube/config)")
}

// complete checks the command line; nothing is asked of anybody before it holds.
func (o *loginOptions) complete(args []string) error {
	o.clusters = args
	bad := func(problem string) error { return clierr.New(clierr.Usage, "", "%s", problem) }
	switch {
	case o.fromFile != "" && (len(args) > 0 || o.all):
		return bad("--from-file names the clusters itself: leave out CLUSTER and --all")
	case o.fromFile != "" && (o.outputFile != "" || o.embed || o.wait != 0):
		return bad("--from-file cannot be combined with --output-kubeconfig, --embed or --wait")
	case o.fromFile != "":
	case o.all && len(args) > 0:
		return bad("name clusters or use --all, not both")
	case !o.all && len(args) == 0:
		return clierr.New(clierr.Usage, "'kubectl catalyst login --all' logs in to all clusters", "no cluster named")
	}
	switch {
	case o.context != "" && o.contextTemplate != "":
		return bad("use one of --context and --context-template")
	case o.context != "" && (o.all || len(args) > 1):
		return bad("--context names one context; for several clusters use --context-template")
	case (o.server != "" || o.tlsServerName != "") && (o.all || len(args) > 1):
		return bad("--server and --tls-server-name are for one cluster")
	case o.way.bastion != "" && o.way.bastion != noBastion && o.proxyURL != "":
		return bad("use one of --bastion and --proxy-url")
	case o.way.bastion != "" && o.way.bastion != noBastion && o.embed:
		return bad("--embed leaves nobody to bring up the tunnel through --bastion: use 'kubectl catalyst tunnel' with it")
	case o.wait < 0:
		return bad("--wait takes a positive duration")
	case o.dryRun && o.outputFile != "":
		return bad("use one of --dry-run and --output-kubeconfig")
	}
	if err := o.checkURLs(); err != nil {
		return err
	}
	for _, pin := range o.pins {
		if _, err := credential.ParsePin(pin); err != nil {
			return err
		}
	}
	_, err := contextFields{}.expand(o.contextTemplate)
	return err
}

func (o *loginOptions) checkURLs() error {
	if o.server != "" {
		if u, err := url.Parse(o.server); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
			return clierr.New(clierr.Usage, "", "--server %q is not an https URL", o.server)
		}
	}
	if err := o.way.check(); err != nil || o.proxyURL == "" {
		return err
	}
	u, err := url.Parse(o.proxyURL)
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
