// Package lab is the project's test bed: a real Keystone and a real Magnum with
// users and clusters in them, and real Kubernetes API servers for the clusters.
//
// Everything listens on 127.0.0.1, on ports the kernel picks, so several beds
// run side by side. What takes minutes to make is kept in a cache (see
// internal/cache); a start from there takes seconds. Whatever a bed started ends
// with it, also when the process that owns the bed is killed.
//
// The people: alice (member and k8s_admin of the project demo, also in other),
// bob (member, k8s_developer), carol (reader, k8s_viewer) and admin; the
// application credentials appcred and appcred-unrestricted are alice's.
//
// The clusters, alice's in demo unless said otherwise: prod, blue and green,
// which have API servers; twin, twice; notls; creating and creating-certs, which
// never finish; failed; bobs, which is bob's; elsewhere, in the project other.
// The region RegionTwo has a Magnum that nobody listens for. Clusters made later
// obey the labels described in internal/openstack/files/zed/labdriver.py.
//
// Options.Cloud says of which years the cloud is. ClusterAPI is that of today, with
// the same people and templates; package clusterapi says what of it is not real.
// Only prod is there at first: Magnum's driver has made it. A cluster whose name
// begins with "held-" is not finished before FinishOperations.
package lab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/clusterapi"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/folder"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/openstack"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// KeepVariable keeps the folders of closed beds, with databases and logs, when
// it is set to anything.
const KeepVariable = folder.KeepVariable

// Cloud is which OpenStack a bed runs.
type Cloud int

// The clouds.
const (
	Heat       Cloud = iota // of Debian 12: Keystone 22 and Magnum 15
	ClusterAPI              // of Debian 13: Keystone 27 and Magnum 20, with a real Cluster API driver
)

// Options say what a bed has.
type Options struct {
	Cloud        Cloud         // ClusterAPI implies Kube
	Kube         bool          // Kubernetes: API servers for the clusters, prod's started at once
	Nodes        int           // that many pretended nodes in prod, with a scheduler; implies Kube
	BcryptRounds int           // cost of checking a password, one of Costs; 0: the first
	TokenLife    time.Duration // of Keystone tokens; 0: an hour
	// FullCost lets Magnum sign in to Keystone for each query to its database, as it
	// does in a cloud. It is for measurements: elsewhere Magnum remembers what it
	// asks for.
	FullCost bool
}

// Lab is a running test bed.
type Lab struct {
	KeystoneURL string // with /v3
	MagnumURL   string // with /v1
	KubeAPI     string // prod's API server; "" without Kubernetes

	dir   string
	home  *folder.Folder
	group *proc.Group
	hook  *http.Server
	dead  *proc.Port // reserved, and nobody listens

	services *openstack.Services
	ready    chan struct{} // closed once services and plane are set
	tools    kube.Tools
	plane    *kube.Plane

	management  *clusterapi.Management // nil without Cluster API
	controllers *clusterapi.Controllers

	mu       sync.Mutex
	clusters map[string]*cluster // by UUID
	closed   bool
}

// Start starts a bed and returns when everything in it answers. ctx bounds the
// start, not the life of the bed: the caller must Close it. What it needs must
// have been prepared.
func Start(ctx context.Context, o Options) (*Lab, error) {
	o = o.withDefaults()
	root, tools, err := find(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("the test bed cannot run here: %w", err)
	}
	home, err := folder.New()
	if err != nil {
		return nil, err
	}
	l := &Lab{
		dir: home.Dir, home: home, group: proc.NewGroup(logs(home.Dir)), tools: tools,
		ready: make(chan struct{}), clusters: map[string]*cluster{},
	}
	if err := l.start(ctx, root, o); err != nil {
		err = errors.New(l.Redact(err.Error())) // logs are part of it
		l.Close()
		return nil, fmt.Errorf("starting the test bed: %w", err)
	}
	return l, nil
}

// logs is the folder of all logs: Keystone's and Magnum's place, shared.
func logs(dir string) string { return filepath.Join(dir, "openstack", "log") }

func (o Options) withDefaults() Options {
	if o.BcryptRounds == 0 {
		o.BcryptRounds = openstack.Costs[0]
	}
	if o.TokenLife == 0 {
		o.TokenLife = time.Hour
	}
	o.Kube = o.Kube || o.Nodes > 0 || o.Cloud == ClusterAPI
	return o
}

// accounts are the databases that the bed begins with.
func (o Options) accounts() openstack.Accounts {
	release := o.Cloud.release()
	return openstack.Accounts{Release: release, Rounds: o.BcryptRounds}
}

// Close ends everything the bed started and removes its folder.
func (l *Lab) Close() {
	l.mu.Lock()
	was := l.closed
	l.closed = true
	l.mu.Unlock()
	if was {
		return
	}
	if l.controllers != nil {
		l.controllers.Close()
	}
	l.group.Close()
	if l.hook != nil {
		_ = l.hook.Close()
	}
	l.release()
	l.home.Close()
}

// Secrets returns every password, secret and token that the bed itself knows,
// to look for in output that must not hold any.
func (l *Lab) Secrets() []string {
	var out []string
	if l.services != nil {
		for _, s := range l.services.Secrets {
			out = append(out, s)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.clusters {
		if c.server != nil {
			out = append(out, c.server.Token)
		}
	}
	return out
}

// Redact returns text without the bed's secrets.
func (l *Lab) Redact(text string) string {
	for _, s := range l.Secrets() {
		text = strings.ReplaceAll(text, s, "[secret]")
	}
	return text
}

// Logs returns the ends of all logs, without secrets, for a test that failed.
func (l *Lab) Logs() string {
	names, _ := filepath.Glob(filepath.Join(logs(l.dir), "*.log"))
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintln(&b, proc.Tail(name))
	}
	return l.Redact(b.String())
}
