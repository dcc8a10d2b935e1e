package openstack

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// stopGrace is how long a server may take to finish what it is doing.
const stopGrace = 5 * time.Second

// server is one of the uwsgi servers.
type server struct {
	name, program string
	workers       int
	env           []string
	port          *proc.Port
	ready         string // a path that answers below 500 once the server works
}

// bed is a run's folder together with what serves from it.
type bed struct {
	root  debian.Root
	dir   string
	group *proc.Group
}

// workers is how many requests a service handles at a time: more than the cores
// because Magnum mostly waits for Keystone, and never fewer than a login asks
// for at once.
func workers() int { return max(3, runtime.NumCPU()+1) }

// serve starts a uwsgi server without waiting for it.
func (b *bed) serve(s server) (*proc.Process, error) {
	args := []string{
		"uwsgi_python3", "--plugin", "python3", "--master", "--need-app", "--die-on-term", "--enable-threads",
		"--processes", strconv.Itoa(s.workers), "--threads", "1", "--procname-prefix", s.name + " ",
		"--buffer-size", "65535", "--add-header", "Connection: close",
		"--http-socket", s.port.Addr(), "--reuse-port",
		"--logformat", "%(ltime) %(method) %(uri) %(status) %(msecs)ms",
		"--wsgi-file", s.program,
	}
	cmd := command(context.Background(), b.root, b.dir, filepath.Join(b.dir, "work"), s.env, args...)
	return b.group.Start(s.name, cmd)
}

// await waits until the server answers.
func await(ctx context.Context, p *proc.Process, s server) error {
	url := "http://" + s.port.Addr() + s.ready
	err := proc.Ready(ctx, func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode >= http.StatusInternalServerError {
			return fmt.Errorf("%s answers %s", s.name, resp.Status)
		}
		return nil
	}, p)
	if err != nil {
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	return nil
}

// helmPath is the PATH that Magnum finds helm on, in the folder of a run.
const helmPath = "PATH=/lab/capi:/usr/sbin:/usr/bin:/sbin:/bin"

func keystone(port *proc.Port) server {
	return server{
		name: "keystone", program: "/lab/py/keystone_api.py", workers: workers(), port: port, ready: "/v3",
		env: []string{"OS_KEYSTONE_CONFIG_FILES=/lab/etc/keystone.conf"},
	}
}

func magnum(port *proc.Port, o Options) server {
	env := []string{"LAB_HOOK=" + o.HookURL, helmPath, "HELM_CACHE_HOME=/lab/tmp/helm", "HELM_CONFIG_HOME=/lab/tmp/helm", "HELM_DATA_HOME=/lab/tmp/helm"}
	if o.FullCost {
		env = append(env, "LAB_FULL_COST=1")
	}
	return server{
		name: "magnum", program: "/lab/py/magnum_api.py", workers: workers(), port: port, ready: "/",
		env: env,
	}
}
