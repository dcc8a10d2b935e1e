package probe_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/kubelet"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// startTimeout bounds the first start on a machine, which builds for minutes.
const startTimeout = 40 * time.Minute

// cluster is one node with a kubelet, and the shop on it.
type cluster struct {
	options felix.Options

	once    sync.Once
	err     error
	node    *felix.Node
	kubelet *kubelet.Kubelet
	ips     atomic.Uint32
}

// The clusters that the tests share: one with Calico, one whose Calico is set to
// reject what it denies, and one in which nothing enforces policies.
var (
	calico    = &cluster{options: felix.Options{Drop: true, Controllers: true}}
	rejecting = &cluster{options: felix.Options{Controllers: true}}
	bare      = &cluster{options: felix.Options{Bare: true, Controllers: true}}
	program   = sync.OnceValues(build)
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Probes wait for packets that do not come: many at a time take as long as one.
	if err := flag.Set("test.parallel", "8"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	for _, c := range []*cluster{calico, rejecting, bare} {
		if c.kubelet != nil {
			c.kubelet.Close()
		}
		if c.node != nil {
			c.node.Close()
		}
	}
	if path, err := program(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

func build() (string, error) {
	dir, err := os.MkdirTemp("", "catalyst-probe-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "kubectl-catalyst")
	cmd := exec.Command("go", "build", "-o", path, "github.com/catalyst-cloud/kubectl-catalyst/cmd/kubectl-catalyst")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w: %s", err, out)
	}
	return path, nil
}

// up starts the cluster when the first test needs it.
func (c *cluster) up(t *testing.T) *cluster {
	t.Helper()
	felix.Require(t)
	c.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
		defer cancel()
		c.err = c.start(ctx)
	})
	if c.err != nil {
		t.Fatal(c.err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.node.Logs())
		}
	})
	return c
}

func (c *cluster) start(ctx context.Context) (err error) {
	say := func(line string) { fmt.Fprintln(os.Stderr, "probe bed: "+line) }
	agnhost, err := kubelet.FindAgnhost(ctx)
	if err != nil {
		return err
	}
	if c.node, err = felix.Start(ctx, c.options); err != nil {
		return err
	}
	containers := filepath.Join(c.node.Dir(), "containers")
	if err := os.Mkdir(containers, 0o700); err != nil {
		return err
	}
	if c.kubelet, err = kubelet.Start(ctx, kubelet.Options{
		Node: c.node.Name(), Kubeconfig: c.node.Kubeconfig(), Home: containers, Root: c.node.Debian(), Agnhost: agnhost,
		Wire: c.wire, Unwire: c.node.Unwire, Enter: c.node.Enter, Log: say,
	}); err != nil {
		return err
	}
	return c.openShop(ctx)
}

// wire gives a pod an address that no other pod has had.
func (c *cluster) wire(namespace, name string) (kubelet.Network, error) {
	n := c.ips.Add(1)
	ip := netip.AddrFrom4([4]byte{10, 65, byte(n >> 8), byte(n)})
	p, err := c.node.Attach(namespace, name, ip)
	if err != nil {
		return kubelet.Network{}, err
	}
	return kubelet.Network{IP: ip, Enter: p.Enter}, nil
}

func (c *cluster) openShop(ctx context.Context) error {
	shop, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		return err
	}
	// What a kubelet's heartbeats, and the controller that listens to them, would do.
	within := "--timeout=" + patience.Limit.String()
	ready, clean := `{"status":{"conditions":[{"type":"Ready","status":"True"}]}}`, `{"spec":{"taints":null}}`
	for _, args := range [][]string{
		{"patch", "node", c.node.Name(), "--subresource=status", "-p", ready},
		{"patch", "node", c.node.Name(), "-p", clean},
		{"apply", "-f", "-"},
		{"-n", "shop", "rollout", "status", "deployment/web", "deployment/other", "deployment/payer", within},
		{"-n", "data", "rollout", "status", "deployment/db", "deployment/ledger", within},
	} {
		if out, err := c.kubectl(ctx, shop, args...); err != nil {
			return fmt.Errorf("kubectl %q: %w: %s", args, err, out)
		}
	}
	return nil
}

func (c *cluster) kubectl(ctx context.Context, stdin []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, c.node.Kubectl(), args...)
	cmd.Env = []string{"KUBECONFIG=" + c.node.Kubeconfig(), "HOME=" + os.TempDir()}
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// get is what kubectl get shows, as a JSON path asks.
func (c *cluster) get(t *testing.T, jsonpath string, args ...string) string {
	t.Helper()
	out, err := c.kubectl(t.Context(), nil, append([]string{"get", "-o", "jsonpath=" + jsonpath}, args...)...)
	if err != nil {
		t.Fatalf("kubectl get %q: %v: %s", args, err, out)
	}
	return out
}

func (c *cluster) apply(t *testing.T, manifest string) {
	t.Helper()
	if out, err := c.kubectl(t.Context(), []byte(manifest), "apply", "-f", "-"); err != nil {
		t.Fatalf("kubectl apply: %v: %s", err, out)
	}
}

// eventually waits until something holds, and says what did not. It looks less often
// than patience.Until, because each look is a kubectl.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx := patience.Context(t)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("not within %s: %s", patience.Limit, what)
		}
	}
}

// ended is how a command ended.
type ended struct {
	code           int
	stdout, stderr string
}

func (c *cluster) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, append([]string{"network-policy", "probe"}, args...)...)
	cmd.Env = []string{"KUBECONFIG=" + c.node.Kubeconfig(), "HOME=" + t.TempDir()}
	return cmd
}

// probe runs the command.
func (c *cluster) probe(t *testing.T, args ...string) ended {
	t.Helper()
	cmd := c.command(t, args...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ended{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// left are the names of what probes have left in some namespaces.
func (c *cluster) left(t *testing.T, namespaces ...string) string {
	t.Helper()
	var out []string
	for _, ns := range namespaces {
		out = append(out, strings.Fields(c.get(t, "{.items[*].metadata.name}", "pods,configmaps", "-n", ns, "-l", "catalyst.cloud/probe"))...)
	}
	return strings.Join(out, " ")
}
