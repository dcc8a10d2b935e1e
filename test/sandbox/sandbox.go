// Package sandbox is an OpenStack cloud inside the process: a Keystone, a
// Magnum that really signs certificates, and for each cluster a small
// Kubernetes API that really checks them. It answers as Keystone 22 and Magnum
// 15 do, errors included, so that programs can be tried and tested without an
// account. Options.Driver makes it a cloud with Cluster API. Everything listens on 127.0.0.1 and keeps its state in memory.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// The services of a sandbox, as Options.Intercept and the request log name them.
const (
	Keystone   = "keystone"
	Magnum     = "magnum"
	Kubernetes = "kubernetes"
)

// Options changes how a sandbox behaves. The zero value is a healthy cloud.
type Options struct {
	TokenLifetime time.Duration                                        // default: an hour
	Delay         time.Duration                                        // how long Keystone and Magnum think about each request
	Driver        Driver                                               // default: Heat
	MaxVersion    string                                               // the highest microversion Magnum knows; default: 1.10, and 1.11 with ClusterAPI
	ClusterLimit  int                                                  // how many clusters a project may have; default: 20
	Now           func() time.Time                                     // default: time.Now
	Intercept     func(service string, next http.Handler) http.Handler // stands before a service, to break it; may be nil
	Scene         *Scene                                               // other templates and clusters than the test bed's; may be nil
}

// Sandbox is a running cloud.
type Sandbox struct {
	KeystoneURL string // with /v3
	MagnumURL   string // with /v1, in region RegionOne or the scene's

	opts   Options
	cloud  *cloud
	log    requestLog
	client http.Client // what the API servers ask Keystone with

	mu      sync.Mutex
	closed  bool
	servers []*http.Server
	serving sync.WaitGroup
}

// Start brings a sandbox up on ports that the system picks. Close ends it.
func Start(opts Options) (*Sandbox, error) {
	if opts.TokenLifetime == 0 {
		opts.TokenLifetime = time.Hour
	}
	if opts.MaxVersion == "" {
		opts.MaxVersion = map[Driver]string{Heat: "1.10", ClusterAPI: "1.11"}[opts.Driver]
	}
	if opts.ClusterLimit == 0 {
		opts.ClusterLimit = 20
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Sandbox{opts: opts, client: http.Client{Transport: &http.Transport{}}} // never through a proxy
	if err := s.start(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Sandbox) start() error {
	keystone, err := listen()
	if err != nil {
		return err
	}
	magnum, err := listen()
	if err != nil {
		return errors.Join(err, keystone.Close())
	}
	s.KeystoneURL = "http://" + keystone.Addr().String() + "/v3"
	s.MagnumURL = "http://" + magnum.Addr().String() + "/v1"
	s.cloud = newCloud(s)
	s.serve(Keystone, keystone, s.slowly(newKeystone(s)))
	s.serve(Magnum, magnum, s.slowly(newMagnum(s)))
	return s.cloud.seed()
}

func listen() (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	return l, nil
}

// serve answers requests on l until the sandbox is closed.
func (s *Sandbox) serve(service string, l net.Listener, h http.Handler) *http.Server {
	if s.opts.Intercept != nil {
		h = s.opts.Intercept(service, h)
	}
	srv := &http.Server{
		Handler:           s.log.record(service, h),
		ErrorLog:          log.New(io.Discard, "", 0), // a client that hangs up is no news
		ReadHeaderTimeout: time.Minute,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = l.Close() // there is nobody left to tell
		return srv
	}
	s.servers = append(s.servers, srv)
	s.serving.Go(func() { _ = srv.Serve(l) }) // ends with ErrServerClosed
	return srv
}

// slowly makes a service think for as long as the options say.
func (s *Sandbox) slowly(next http.Handler) http.Handler {
	if s.opts.Delay == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		thought := time.NewTimer(s.opts.Delay)
		defer thought.Stop()
		select {
		case <-thought.C:
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})
}

// Close ends every server and connection.
func (s *Sandbox) Close() error {
	s.mu.Lock()
	s.closed = true
	servers := s.servers
	s.servers = nil
	s.mu.Unlock()
	var errs []error
	for _, srv := range servers {
		errs = append(errs, srv.Close())
	}
	s.serving.Wait()
	s.client.CloseIdleConnections()
	return errors.Join(errs...)
}
