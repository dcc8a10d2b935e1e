package route

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// NoBastion is the --bastion that ends going through one.
const NoBastion = "none"

// Bastion holds the bastion options of an exec entry.
type Bastion struct {
	Host string // "" or NoBastion for none
	Idle time.Duration
}

// Bind adds the flags.
func (b *Bastion) Bind(fs *pflag.FlagSet) {
	fs.StringVar(&b.Host, "bastion", "", "reach the API server through this host with ssh: [USER@]HOST[:PORT], an alias of ssh_config, or none")
	fs.DurationVar(&b.Idle, "bastion-idle", 0, "how long the tunnel through the bastion stays up unused (10m)")
}

// IsHost reports whether a host is named.
func (b Bastion) IsHost() bool { return b.Host != "" && b.Host != NoBastion }

// Check returns what is wrong with the flags.
func (b Bastion) Check() error {
	if b.Host != "" {
		if _, err := tunnel.ParseBastion(b.Host); err != nil {
			return err
		}
	}
	if b.Idle != 0 && b.Idle < tunnel.MinIdle {
		return clierr.New(clierr.Usage, "", "--bastion-idle takes a duration of at least %s", tunnel.MinIdle)
	}
	return nil
}

// Tunnel returns the tunnel to a server whose entry has that proxy-url. It is nil
// where there is no bastion, or where the user has put another proxy, or none,
// into the entry since.
func (b Bastion) Tunnel(server, proxyURL string) (*tunnel.Spec, error) {
	port, ours := tunnel.Port(proxyURL)
	if b.Host == "" || !ours {
		return nil, nil
	}
	host, err := tunnel.ParseBastion(b.Host)
	if err != nil {
		return nil, err
	}
	target, err := tunnel.Target(server)
	if err != nil {
		return nil, err
	}
	return &tunnel.Spec{Bastion: host, Target: target, Port: port, Idle: b.Idle}, nil
}

// bastionOf reads the arguments of an exec entry; the zero value where it goes
// through no bastion.
func bastionOf(args []string) (b Bastion) {
	if len(args) == 0 {
		return b
	}
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.ParseErrorsAllowlist.UnknownFlags = true
	b.Bind(fs)
	if fs.Parse(args[1:]) != nil {
		return Bastion{}
	}
	return b
}

// TunnelOf returns the tunnel that a login goes through, nil for none.
func TunnelOf(l kubeconfig.Owned) *tunnel.Spec {
	s, err := bastionOf(l.ExecArgs).Tunnel(l.Server, l.ProxyURL)
	if err != nil {
		return nil
	}
	return s
}

// Ports lists the ports that the tunnels of logins have.
func Ports(logins []kubeconfig.Owned) []int {
	var ports []int
	for _, l := range logins {
		if port, ours := tunnel.Port(l.ProxyURL); ours {
			ports = append(ports, port)
		}
	}
	return ports
}
