package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// stopGrace is how long a component may take to finish what it is doing.
const stopGrace = 10 * time.Second

// Plane is what all API servers of a test bed share: the tools and one etcd.
type Plane struct {
	tools   Tools
	dir     string
	group   *proc.Group
	webhook string // URL that token reviews are posted to
	ports   [2]*proc.Port
}

// Start starts etcd with its data in dir and returns when it is healthy.
func Start(ctx context.Context, tools Tools, dir string, group *proc.Group, webhook string) (*Plane, error) {
	p := &Plane{tools: tools, dir: dir, group: group, webhook: webhook}
	for i := range p.ports {
		var err error
		if p.ports[i], err = proc.Reserve(); err != nil {
			p.Release()
			return nil, err
		}
	}
	if err := p.start(ctx); err != nil {
		p.Release()
		return nil, fmt.Errorf("starting etcd: %w", err)
	}
	return p, nil
}

func (p *Plane) etcd() string { return "http://" + p.ports[0].Addr() }

func (p *Plane) start(ctx context.Context) error {
	peer := "http://" + p.ports[1].Addr()
	etcd, err := p.group.Start("etcd", exec.Command(p.tools.Path("etcd"),
		"--name=lab", "--data-dir="+filepath.Join(p.dir, "etcd"), "--log-level=warn", "--socket-reuse-port",
		"--listen-client-urls="+p.etcd(), "--advertise-client-urls="+p.etcd(),
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=lab="+peer,
		"--unsafe-no-fsync")) // a test bed does not survive a crash anyway
	if err != nil {
		return err
	}
	return proc.Ready(ctx, func(ctx context.Context) error {
		return healthy(ctx, http.DefaultClient, p.etcd()+"/health", "")
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
