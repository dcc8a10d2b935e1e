package reach_test

import (
	"context"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/netns"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/reach"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// two returns hosts at 10.1.0.1 and fd00::1, and at 10.1.0.2 and fd00::2. At
// 10.1.0.3 and fd00::3 nobody ever answers.
func two(t *testing.T) (a, b *reach.Host) {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("namespaces need root, and CI=true")
		}
		t.Skip("namespaces need root")
	}
	var spaces [2]*netns.Namespace
	for i := range spaces {
		n, err := netns.New()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = n.Close() })
		spaces[i] = n
	}
	mac := net.HardwareAddr{0xee, 0xee, 0xee, 0xee, 0xee, 0xee}
	must(t, spaces[0].Pair("eth0", mac, spaces[1], "eth0"))
	must(t, spaces[0].Address("eth0", netip.MustParsePrefix("10.1.0.1/24")))
	must(t, spaces[0].Address("eth0", netip.MustParsePrefix("fd00::1/64")))
	must(t, spaces[1].Address("eth0", netip.MustParsePrefix("10.1.0.2/24")))
	must(t, spaces[1].Address("eth0", netip.MustParsePrefix("fd00::2/64")))
	for _, nobody := range []string{"10.1.0.3", "fd00::3"} {
		must(t, spaces[0].Neighbour("eth0", netip.MustParseAddr(nobody), mac))
	}
	for _, n := range spaces {
		must(t, n.Sysctl("net/ipv4/icmp_echo_ignore_all", "1"))
		must(t, n.Sysctl("net/ipv6/icmp/echo_ignore_all", "1"))
	}
	a, b = reach.NewHost(spaces[0], "a"), reach.NewHost(spaces[1], "b")
	t.Cleanup(a.Close)
	t.Cleanup(b.Close)
	return a, b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const other = reach.Protocol(253) // RFC 3692: for experiments

// TestAsk: who answers says so; a closed port refuses; silence lasts as long as
// the patience.
func TestAsk(t *testing.T) {
	t.Parallel()
	a, b := two(t)
	var questions, unanswered []reach.Question
	var want []reach.Result
	ask := func(p reach.Protocol, from, to string, port uint16, r reach.Result) {
		q := reach.Question{From: a, FromAddr: netip.MustParseAddr(from), Protocol: p, To: netip.AddrPortFrom(netip.MustParseAddr(to), port)}
		if r.Outcome == reach.Silent {
			unanswered = append(unanswered, q)
			return
		}
		questions, want = append(questions, q), append(want, r)
	}
	refused, silent, fromB := reach.Result{Outcome: reach.Refused}, reach.Result{}, reach.Result{Outcome: reach.Answered, Who: "b"}
	for _, family := range []struct {
		own, theirs, nobody string
		echo                reach.Protocol
	}{{"10.1.0.1", "10.1.0.2", "10.1.0.3", reach.ICMP}, {"fd00::1", "fd00::2", "fd00::3", reach.ICMPv6}} {
		for _, p := range []reach.Protocol{reach.TCP, reach.UDP, reach.SCTP} {
			must(t, b.Answer(p, netip.AddrPortFrom(netip.MustParseAddr(family.theirs), 80)))
			must(t, b.Answer(p, netip.AddrPortFrom(netip.MustParseAddr(family.theirs), 80)))
			ask(p, family.own, family.theirs, 80, fromB)
			ask(p, family.own, family.theirs, 81, refused)
			ask(p, family.own, family.nobody, 80, silent)
		}
		for _, p := range []reach.Protocol{family.echo, other} {
			must(t, b.Answer(p, netip.AddrPortFrom(netip.MustParseAddr(family.theirs), 0)))
			ask(p, family.own, family.theirs, 0, fromB)
			ask(p, family.own, family.nobody, 0, silent)
		}
	}
	check := func(limit time.Duration, questions []reach.Question, want []reach.Result) (ended error) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		got, err := reach.Ask(ctx, questions)
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range questions {
			if got[i] != want[i] {
				t.Errorf("%s to %s: %s %q, want %s %q", q.Protocol, q.To, got[i].Outcome, got[i].Who, want[i].Outcome, want[i].Who)
			}
		}
		return ctx.Err()
	}
	if err := check(patience.Limit, questions, want); err != nil {
		t.Errorf("the answers: %v", err)
	}
	if err := check(time.Second, unanswered, make([]reach.Result, len(unanswered))); err == nil {
		t.Error("silence was found out before the patience ended")
	}
}
