package httpbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// defaultStall is Limits.Stall where nothing else is said. An API server itself
// gives up on a list after a minute.
const defaultStall = time.Minute

// step is how many bytes of an answer count as progress: with defaultStall about
// a thousand bytes a second.
const step = 64 << 10

// MaxHeader is how many bytes the header of an answer may have. It is for
// http.Transport.MaxResponseHeaderBytes.
const MaxHeader = 256 << 10

// Limits are how long a server may take.
type Limits struct {
	// Total is how long a request may take with all of its answer. 0: as long as
	// the answer makes progress, see Stall.
	Total time.Duration
	// Stall is how long a server may take to begin its answer, and then for each
	// 64 KiB of it. It counts only without Total; 0 is defaultStall.
	Stall time.Duration
}

// SlowError is an answer that did not come in time.
type SlowError struct {
	Limit time.Duration
	Total bool // Limit was for all of the answer
}

func (e *SlowError) Error() string {
	if e.Total {
		return fmt.Sprintf("the answer was not complete within %s (--request-timeout)", e.Limit)
	}
	return fmt.Sprintf("the answer made no progress for %s", e.Limit)
}

// Hint returns the next step for a person.
func (e *SlowError) Hint() string {
	if e.Total {
		return "give it longer with --request-timeout, or find out why the server is slow"
	}
	return "check the network and the server; --request-timeout 10m gives each request that long"
}

// Timeout reports that this is a timeout, as errors of package net do.
func (e *SlowError) Timeout() bool { return true }

type watching struct{}

// Watch returns a context for requests whose answers pause for as long as they
// like, such as a watch: their progress is not looked at.
func Watch(ctx context.Context) context.Context { return context.WithValue(ctx, watching{}, true) }

// Transport returns a round tripper that holds the answers of next to the limits.
// What it puts around next must come before anything that may ask a person.
func Transport(next http.RoundTripper, limits Limits) http.RoundTripper {
	if limits.Stall == 0 {
		limits.Stall = defaultStall
	}
	return &transport{next, limits}
}

type transport struct {
	next   http.RoundTripper
	limits Limits
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	b := &body{ctx: ctx, cancel: cancel, limits: t.limits, patience: t.limits.Stall}
	switch {
	case t.limits.Total > 0:
		slow := &SlowError{Limit: t.limits.Total, Total: true}
		b.timer = time.AfterFunc(t.limits.Total, func() { cancel(slow) })
	case req.Context().Value(watching{}) == nil:
		slow := &SlowError{Limit: t.limits.Stall}
		b.timer = time.AfterFunc(t.limits.Stall, func() { cancel(slow) })
		b.stalls = true
	}
	resp, err := t.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		err = b.explain(err)
		b.release()
		return nil, err
	}
	if b.stalls {
		b.timer.Stop()
	}
	b.ReadCloser = resp.Body
	resp.Body = b
	return resp, nil
}

// body is an answer that is held to its limits. Only the time that a reader
// waits counts against a stall: a reader may take its time.
type body struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	limits Limits
	timer  *time.Timer // ends ctx; nil where nothing bounds the time

	stalls   bool
	patience time.Duration // what is left for the bytes up to the next step
	got      int           // bytes since the last step
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.wait(p)
	if err != nil { // a connection that the end of the time has closed may look like the end of the answer
		err = b.explain(err)
	}
	return n, err
}

// wait reads once and takes the time for that from what is left.
func (b *body) wait(p []byte) (int, error) {
	if !b.stalls {
		return b.ReadCloser.Read(p)
	}
	b.timer.Reset(b.patience)
	began := time.Now()
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	b.patience = max(0, b.patience-time.Since(began))
	if b.got += n; b.got >= step {
		b.got, b.patience = 0, b.limits.Stall
	}
	return n, err
}

// explain returns what a person can make more of than of err, which ended the
// request: that its time was up, above all.
func (b *body) explain(err error) error {
	var slow *SlowError
	var notTLS tls.RecordHeaderError
	switch {
	case errors.As(context.Cause(b.ctx), &slow):
		return slow
	case errors.As(err, &notTLS) && string(notTLS.RecordHeader[:]) == "HTTP/":
		return http.ErrSchemeMismatch // as http.Client says it
	}
	return err
}

// Close gives up what is left of the answer.
func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.release()
	return err
}

func (b *body) release() {
	if b.timer != nil {
		b.timer.Stop()
	}
	b.cancel(nil)
}
