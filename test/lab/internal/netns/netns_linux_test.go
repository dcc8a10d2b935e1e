package netns

import (
	"net"
	"net/netip"
	"os"
	"testing"
)

// root ends a test that may not make namespaces.
func root(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("namespaces need root, and CI=true")
	}
	t.Skip("namespaces need root")
}

func made(t *testing.T) *Namespace {
	t.Helper()
	n, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func TestTwoNamespacesTalk(t *testing.T) {
	t.Parallel()
	root(t)
	a, b := made(t), made(t)
	mac := net.HardwareAddr{0xee, 0xee, 0xee, 0xee, 0xee, 0xee}
	if err := a.Pair("left", mac, b, "right"); err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct {
		n         *Namespace
		dev, addr string
	}{{a, "left", "10.1.0.1/24"}, {b, "right", "10.1.0.2/24"}, {a, "left", "fd00::1/64"}, {b, "right", "fd00::2/64"}} {
		if err := one.n.Address(one.dev, netip.MustParsePrefix(one.addr)); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Route(Route{To: netip.MustParsePrefix("192.0.2.0/24"), Dev: "left", Via: netip.MustParseAddr("10.1.0.2")}); err != nil {
		t.Fatal(err)
	}
	if err := b.Address("lo", netip.MustParsePrefix("192.0.2.77/32")); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"10.1.0.2:80", "[fd00::2]:80", "192.0.2.77:80"} {
		var l net.Listener
		if err := b.Do(func() (err error) { l, err = net.Listen("tcp", address); return err }); err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		c, err := a.DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	if err := a.ForgetConnections(); err != nil {
		t.Error(err)
	}
	if err := a.Unlink("left"); err != nil {
		t.Fatal(err)
	}
	if err := b.Do(func() error { _, err := net.InterfaceByName("right"); return err }); err == nil {
		t.Error("the other end of a removed interface is still there")
	}
	if _, err := net.InterfaceByName("right"); err == nil {
		t.Error("the interface is in the machine's own namespace")
	}
}

func TestErrorsOfTheKernelAreTold(t *testing.T) {
	t.Parallel()
	root(t)
	a := made(t)
	if err := a.Unlink("nothing"); err == nil {
		t.Error("an interface that is not there was removed")
	}
	if err := a.Address("lo", netip.MustParsePrefix("127.0.0.1/8")); err == nil {
		t.Error("an address was given twice")
	}
}
