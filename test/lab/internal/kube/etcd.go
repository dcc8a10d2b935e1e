package kube

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// stopGrace is how long a component may take to finish what it is doing.
const stopGrace = 10 * time.Second

// Options say where a control plane runs.
type Options struct {
	Tools   Tools
	Dir     string      // of the data and configuration of all servers
	Group   *proc.Group // that the servers belong to
	Webhook string      // URL that token reviews are posted to; "": tokens of users are unknown

	// Inside calls a function in the network namespace that Group starts its
	// servers in. Nil: the servers share the caller's.
	Inside func(func() error) error
}

// Plane is what all API servers of a test bed share: the tools and one etcd.
type Plane struct {
	Options
	ports [2]*proc.Port
}

// Start starts etcd and returns when it is healthy.
func Start(ctx context.Context, o Options) (*Plane, error) {
	p := &Plane{Options: o}
	if p.Inside == nil {
		p.Inside = func(f func() error) error { return f() }
	}
	if err := p.Inside(p.reserve); err != nil {
		p.Release()
		return nil, err
	}
	if err := p.start(ctx); err != nil {
		p.Release()
		return nil, fmt.Errorf("starting etcd: %w", err)
	}
	return p, nil
}

func (p *Plane) reserve() (err error) {
	for i := range p.ports {
		if p.ports[i], err = proc.Reserve(); err != nil {
			return err
		}
	}
	return nil
}

// client makes a client that reaches the servers, wherever they are. It keeps as
// many connections as a test uses at once, because a handshake costs both sides more
// than most requests, and none for as long as the servers do (90 s).
func (p *Plane) client(t *tls.Config) *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: t, DialContext: p.Dial, MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute,
	}}
}

// Dial connects to a server of the control plane.
func (p *Plane) Dial(ctx context.Context, network, address string) (c net.Conn, err error) {
	err = p.Inside(func() (err error) {
		c, err = (&net.Dialer{}).DialContext(ctx, network, address)
		return err
	})
	return c, err
}

func (p *Plane) etcd() string { return "http://" + p.ports[0].Addr() }

func (p *Plane) start(ctx context.Context) error {
	peer := "http://" + p.ports[1].Addr()
	etcd, err := p.Group.Start("etcd", exec.Command(p.Tools.Path("etcd"),
		"--name=lab", "--data-dir="+filepath.Join(p.Dir, "etcd"), "--log-level=warn", "--socket-reuse-port",
		"--listen-client-urls="+p.etcd(), "--advertise-client-urls="+p.etcd(),
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=lab="+peer,
		"--unsafe-no-fsync")) // a test bed does not survive a crash anyway
	if err != nil {
		return err
	}
	client := p.client(nil)
	defer client.CloseIdleConnections()
	return proc.Ready(ctx, func(ctx context.Context) error {
		return healthy(ctx, client, p.etcd()+"/health", "")
	}, etcd)
}

// Release gives the ports back. The group ends the processes.
func (p *Plane) Release() {
	for _, port := range p.ports {
		if port != nil {
			port.Release()
		}
	}
}

// healthy asks for url, which answers 200 once a component works.
func healthy(ctx context.Context, c *http.Client, url, token string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// WithoutWebhook returns the plane for API servers that know no tokens of users.
func (p *Plane) WithoutWebhook() *Plane {
	silent := *p
	silent.Webhook = ""
	return &silent
}
