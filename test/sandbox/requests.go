package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Request is one that a service received.
type Request struct {
	Service string // Keystone, Magnum or Kubernetes
	Method  string
	Path    string // with the query, as it was sent
	Header  http.Header
}

// requestLog remembers what was asked of the services, and how much at a time.
type requestLog struct {
	mu       sync.Mutex
	requests []Request
	inFlight map[string]int
	peak     map[string]int
}

func (l *requestLog) record(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.begin(service, r)
		defer l.end(service)
		next.ServeHTTP(w, r)
	})
}

func (l *requestLog) begin(service string, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inFlight == nil {
		l.inFlight, l.peak = map[string]int{}, map[string]int{}
	}
	l.requests = append(l.requests, Request{Service: service, Method: r.Method, Path: r.RequestURI, Header: r.Header.Clone()})
	l.inFlight[service]++
	l.peak[service] = max(l.peak[service], l.inFlight[service])
}

func (l *requestLog) end(service string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight[service]--
}

// Requests returns what was asked of the services so far, in order of arrival.
func (s *Sandbox) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return slices.Clone(s.log.requests)
}

// Count returns how many requests of a method a service received on paths that
// begin so. Count(Keystone, "POST", "/v3/auth/tokens") counts the sign-ins.
func (s *Sandbox) Count(service, method, path string) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Service == service && r.Method == method && strings.HasPrefix(r.Path, path) {
			n++
		}
	}
	return n
}

// Peak returns how many requests a service was busy with at most at a time.
func (s *Sandbox) Peak(service string) int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.peak[service]
}

// Forget empties the request log and resets the peaks.
func (s *Sandbox) Forget() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.requests = nil
	clear(s.log.peak)
}
