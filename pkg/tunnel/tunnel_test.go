package tunnel_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// apiServer is a TLS server, and a client for it that goes through the tunnel and
// verifies the certificate.
func apiServer(t *testing.T) (target string, get func(port int) (string, error)) {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	t.Cleanup(s.Close)
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	return s.Listener.Addr().String(), func(port int) (string, error) {
		proxy, err := url.Parse(tunnel.ProxyURL(port))
		if err != nil {
			return "", err
		}
		c := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
			Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
		}}
		resp, err := c.Get(s.URL)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return string(body), err
	}
}

func mustGet(t *testing.T, get func(int) (string, error), port int) {
	t.Helper()
	if text, err := get(port); err != nil || text != "hello" {
		t.Errorf("through the tunnel: %q, %v", text, err)
	}
}

func listening(port int) bool {
	c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err == nil {
		c.Close()
	}
	return err == nil
}

func TestTunnelComesUpOnceAndGoes(t *testing.T) {
	b := newBed(t)
	pids := b.counted()
	target, get := apiServer(t)
	s := b.spec("bastion", target)
	var fresh atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			is, err := b.Up(t.Context(), s)
			if err != nil {
				t.Error(err)
			}
			if is {
				fresh.Add(1)
			}
			mustGet(t, get, s.Port)
		})
	}
	all.Wait()
	if fresh.Load() != 1 || len(pids()) != 1 {
		t.Errorf("%d of 20 brought it up, with ssh as %v", fresh.Load(), pids())
	}
	if err := b.End(t.Context(), s.Port); err != nil {
		t.Fatal(err)
	}
	if listening(s.Port) {
		t.Error("an ended tunnel listens")
	}
	b.until("ssh ends with the tunnel", func() bool { return gone(t, pids()[0]) })
}

// A client that runs for long does not ask again whether the tunnel is up: it only
// connects.
func TestDeadSSHIsReplaced(t *testing.T) {
	b := newBed(t)
	pids := b.counted()
	target, get := apiServer(t)
	s := b.spec("bastion", target)
	b.up(s)
	mustGet(t, get, s.Port)
	kill(t, pids()[0])
	b.until("the client gets through again", func() bool {
		_, err := get(s.Port)
		return err == nil
	})
	if n := len(pids()); n != 2 {
		t.Errorf("ssh was started %d times, want 2", n)
	}
	if b.up(s) {
		t.Error("a tunnel that repaired itself was brought up anew")
	}
}

func TestUnusedTunnelEndsAndHeldOneStays(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	target, _ := apiServer(t)
	held, unused := b.spec("bastion", target), b.spec("bastion", target)
	held.Idle, unused.Idle = tunnel.MinIdle, tunnel.MinIdle
	b.up(held)
	hold, err := b.HoldOpen(t.Context(), held.Port)
	if err != nil {
		t.Fatal(err)
	}
	b.up(unused)
	b.until("the unused tunnel ends", func() bool { return !listening(unused.Port) })
	if b.up(held) {
		t.Error("a tunnel that was held had ended")
	}
	hold.Close()
	b.until("the other ends, too", func() bool { return !listening(held.Port) })
}

func TestFailuresSayWhatToDo(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	target, _ := apiServer(t)
	for _, c := range []struct{ bastion, target, says, hint string }{
		{"denied", target, "the tunnel through denied failed: me@denied: Permission denied (publickey).", "'ssh -- denied' has to work"},
		{"forwards-nothing", target, "administratively prohibited", "AllowTcpForwarding"},
		{"bastion", "127.0.0.1:1", "does not reach 127.0.0.1:1: channel 2: open failed: connect failed", "network of the cluster"},
	} {
		s := b.spec(c.bastion, c.target)
		_, err := b.Up(t.Context(), s)
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(clierr.Hint(err), c.hint) {
			t.Errorf("%s: %v, hint %q", c.bastion, err, clierr.Hint(err))
		}
		if listening(s.Port) {
			t.Errorf("%s: it listens", c.bastion)
		}
	}
}

// What was let go while it came up leaves nothing.
func TestInterruptedStart(t *testing.T) {
	b := newBed(t)
	pids := b.counted()
	s := b.spec("hangs", "127.0.0.1:1")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		b.until("ssh runs", func() bool { return len(pids()) == 1 })
		cancel(errors.New("enough"))
	}()
	if _, err := b.Up(ctx, s); err == nil || !strings.Contains(err.Error(), "enough") {
		t.Errorf("got %v", err)
	}
	if listening(s.Port) {
		t.Error("it listens")
	}
	b.until("ssh ends", func() bool { return gone(t, pids()[0]) })
}

func TestSSHAsksThroughWhoStartedIt(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	target, get := apiServer(t)
	s := b.spec("asks", target)
	for _, answer := range []string{"wrong", "open sesame"} {
		b.Ask = func(_ context.Context, prompt string, secret, notice bool) (string, error) {
			if prompt != "Enter passphrase for key 'id':" || !secret || notice {
				t.Errorf("asked %q, secret %v, notice %v", prompt, secret, notice)
			}
			return answer, nil
		}
		if _, err := b.Up(t.Context(), s); (err == nil) != (answer == "open sesame") {
			t.Errorf("with the answer %q: %v", answer, err)
		}
	}
	mustGet(t, get, s.Port)
}

// A login that names another bastion, or another server, is not served by the
// tunnel that is there.
func TestAnotherTunnelTakesThePort(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	target, get := apiServer(t)
	s := b.spec("bastion", target)
	b.up(s)
	s.Bastion.Host = "other"
	if !b.up(s) || b.up(s) {
		t.Error("the tunnel through the other bastion was not brought up once")
	}
	mustGet(t, get, s.Port)
}

func TestStrangerIsNoTunnel(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	target, get := apiServer(t)
	theirs := b.spec("bastion", target)
	b.up(theirs)
	other := newBed(t) // another user's tunnel
	if _, err := other.Up(t.Context(), theirs); err == nil || !strings.Contains(err.Error(), "in use by another program") {
		t.Errorf("got %v", err)
	}
	if other.Usable(t.Context(), theirs.Port) || !b.Usable(t.Context(), theirs.Port) {
		t.Error("the port is taken for usable by the wrong user")
	}
	if err := other.End(t.Context(), theirs.Port); err != nil {
		t.Error(err)
	}
	resp, err := http.Post(tunnel.ProxyURL(theirs.Port)+"/end", "", nil)
	if err != nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("ending somebody's tunnel: %v, %v", resp, err)
	} else {
		resp.Body.Close()
	}
	mustGet(t, get, theirs.Port)
}

// A program that says what a tunnel says, without knowing the secret that a tunnel
// left in the cache, is not believed.
func TestImpostorIsNoTunnel(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	target, _ := apiServer(t)
	s := b.spec("bastion", target)
	b.up(s)
	pid, dir := b.server()
	kill(t, pid)
	var impostor net.Listener
	b.until("the port is free", func() (free bool) {
		var err error
		impostor, err = net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(s.Port))
		return err == nil
	})
	defer impostor.Close()
	go func() {
		_ = http.Serve(impostor, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Proof", r.Header.Get("X-Proof"))
			fmt.Fprintf(w, `{"Bastion": "bastion", "Target": %q, "Idle": %d, "Up": true}`, target, s.Lasts())
		}))
	}()
	if _, err := b.Up(t.Context(), s); err == nil || !strings.Contains(err.Error(), "in use by another program") {
		t.Errorf("got %v", err)
	}
	impostor.Close()
	b.up(s)
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("what the killed tunnel left is still there: %s", dir)
	}
}

func kill(t *testing.T, pid string) {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	p, err := os.FindProcess(n)
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
}
