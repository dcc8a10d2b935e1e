package felix

import (
	"context"
	"fmt"
	"net/netip"
	"os"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
)

// DefaultName is the name of a node that is given none.
const DefaultName = "node-1"

// Options say what a node is like.
type Options struct {
	Name string // of the node; "": DefaultName
	IPv6 bool   // Felix looks after IPv6, too

	// Drop lets Felix drop what is denied, as on any cluster. Without, it rejects
	// it (IptablesFilterDenyAction): the same rules decide, but a denial is an
	// answer that needs no waiting for and cannot be mistaken for a slow machine.
	Drop bool

	// Bare leaves Felix out: pods reach each other, and nothing enforces policies.
	Bare bool

	// Controllers runs the controller manager, but for what takes pods away from
	// nodes that no kubelet speaks for.
	Controllers bool

	Log func(string) // what takes long, one line each; nil: standard error
}

// Addresses of every node.
var (
	nodeIPv4 = netip.MustParseAddr("172.16.0.1")
	nodeIPv6 = netip.MustParseAddr("fd00:172:16::1")
)

func (o Options) withDefaults() Options {
	if o.Name == "" {
		o.Name = DefaultName
	}
	if o.Log == nil {
		o.Log = func(line string) { fmt.Fprintln(os.Stderr, "felix: "+line) }
	}
	return o
}

// Image is the Debian with the programs that Felix calls.
func Image() debian.Image {
	return debian.Image{Name: "felix", Packages: []string{"iptables", "ipset", "conntrack", "iproute2"}}
}

// Require ends the test when no node can run on this machine: skipped with the
// reason, and failed where CI=true says that nothing may be left out.
func Require(t debian.T) {
	t.Helper()
	debian.Require(t, "real Calico data plane", available())
}

// available returns why no node can run in a test here, or nil.
func available() error {
	_, err := find(context.Background())
	return err
}

// NodeIP returns the address of every node in a family.
func NodeIP(six bool) netip.Addr {
	if six {
		return nodeIPv6
	}
	return nodeIPv4
}
