package felix

import (
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/netns"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/reach"
)

// outside is what lies behind the node: one host that has any address.
type outside struct {
	ns   *netns.Namespace
	host *reach.Host

	mu    sync.Mutex
	known map[netip.Addr]bool
}

// Outside is the name that whoever is not on the node answers with.
const Outside = "outside"

// The link between the node and the outside.
const (
	uplink   = "uplink"
	downlink = "node"
)

var (
	linkMAC    = net.HardwareAddr{0x02, 0, 0, 0, 0, 1}
	uplinkIPv4 = [2]netip.Prefix{netip.MustParsePrefix("169.254.2.1/30"), netip.MustParsePrefix("169.254.2.2/30")}
	uplinkIPv6 = [2]netip.Prefix{netip.MustParsePrefix("fd00:169:254::1/126"), netip.MustParsePrefix("fd00:169:254::2/126")}
	anywhere   = [2]netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
)

func newOutside(node *netns.Namespace, six bool) (*outside, error) {
	ns, err := netns.New()
	if err != nil {
		return nil, err
	}
	o := &outside{ns: ns, host: reach.NewHost(ns, Outside), known: map[netip.Addr]bool{}}
	if err := o.connect(node, six); err != nil {
		o.close()
		return nil, fmt.Errorf("making the outside: %w", err)
	}
	return o, nil
}

func (o *outside) connect(node *netns.Namespace, six bool) error {
	if err := tune(o.ns); err != nil {
		return err
	}
	if err := node.Pair(uplink, linkMAC, o.ns, downlink); err != nil {
		return err
	}
	for i, link := range [][2]netip.Prefix{uplinkIPv4, uplinkIPv6} {
		if i == 1 && !six {
			break
		}
		if err := node.Address(uplink, link[0]); err != nil {
			return err
		}
		if err := o.ns.Address(downlink, link[1]); err != nil {
			return err
		}
		if err := node.Route(netns.Route{To: anywhere[i], Dev: uplink, Via: link[1].Addr()}); err != nil {
			return err
		}
		if err := o.ns.Route(netns.Route{To: anywhere[i], Dev: downlink, Via: link[0].Addr()}); err != nil {
			return err
		}
	}
	return nil
}

// has gives the outside an address.
func (o *outside) has(a netip.Addr) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.known[a] {
		return nil
	}
	// Not the loopback interface: the kernel refuses for a while what comes to a new
	// IPv6 address of that.
	if err := o.ns.Address(downlink, host(a)); err != nil {
		return err
	}
	o.known[a] = true
	return nil
}

func (o *outside) close() {
	o.host.Close()
	_ = o.ns.Close()
}
