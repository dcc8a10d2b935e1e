package felix_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
)

// reality is a node and what it was told.
type reality struct {
	*felix.Node
	now    map[string]document
	spoilt bool
}

// realities lends nodes to tests, which then have one for themselves.
type realities struct {
	options felix.Options
	mu      sync.Mutex
	idle    []*reality
	all     []*reality
}

// borrow returns a node, started if none is idle, until the test ends.
func (rs *realities) borrow(t testing.TB) *reality {
	t.Helper()
	felix.Require(t)
	r := rs.takeIdle()
	if r == nil {
		n, err := felix.Start(t.Context(), rs.options)
		if err != nil {
			t.Fatal(err)
		}
		r = &reality{Node: n, now: map[string]document{}}
		rs.mu.Lock()
		rs.all = append(rs.all, r)
		rs.mu.Unlock()
	}
	t.Cleanup(func() {
		rs.mu.Lock()
		defer rs.mu.Unlock()
		if !r.spoilt {
			rs.idle = append(rs.idle, r)
		}
	})
	return r
}

// drop keeps a node that is of no use any more from being lent again.
func (rs *realities) drop(r *reality) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r.spoilt = true
}

// takeIdle returns an idle node, if there is one.
func (rs *realities) takeIdle() (r *reality) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if k := len(rs.idle); k > 0 {
		r, rs.idle = rs.idle[k-1], rs.idle[:k-1]
	}
	return r
}

func (rs *realities) close() {
	for _, r := range rs.all {
		r.Close()
	}
}

// become makes the cluster be as the documents say and returns when that is
// enforced. What is there already stays as it is: a pod with new labels is
// labelled, not replaced. Nodes are left out, because there is one.
func (r *reality) become(ctx context.Context, docs []document) error {
	wanted := map[string]document{}
	var order []string
	for _, d := range docs {
		if d.text("kind") != "Node" {
			wanted[d.complete().key()] = d
			order = append(order, d.key())
		}
	}
	for key, old := range r.now {
		if d, ok := wanted[key]; ok && (old.text("kind") != "Pod" || sameButLabels(old, d)) {
			continue
		}
		if err := r.remove(ctx, old); err != nil {
			return err
		}
		delete(r.now, key)
	}
	for _, key := range order {
		if err := r.applyDocument(ctx, wanted[key]); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return r.Settled(ctx)
}

func (r *reality) remove(ctx context.Context, d document) error {
	if d.text("kind") == "Pod" {
		return r.DeletePod(ctx, d.text("metadata", "namespace"), d.text("metadata", "name"))
	}
	return r.Delete(ctx, d.json())
}

func (r *reality) applyDocument(ctx context.Context, d document) (err error) {
	key := d.key()
	old, known := r.now[key]
	switch {
	case known && bytes.Equal(old.json(), d.json()):
		return nil
	case !known && d.text("kind") == "Pod":
		_, err = r.CreatePod(ctx, d.json())
	case d.text("kind") == "Pod":
		err = r.Label(ctx, "Pod", d.text("metadata", "namespace"), d.text("metadata", "name"), relabel(old, d))
	default:
		err = r.Apply(ctx, d.json())
	}
	if err == nil {
		r.now[key] = d
	}
	return err
}

// sameButLabels reports whether one pod can become the other while it runs.
func sameButLabels(a, b document) bool {
	for _, part := range []string{"spec", "status"} {
		x, _ := json.Marshal(a[part])
		y, _ := json.Marshal(b[part])
		if !bytes.Equal(x, y) {
			return false
		}
	}
	return true
}

// relabel is what changes one pod's labels into the other's.
func relabel(old, d document) map[string]*string {
	change := map[string]*string{}
	labels, _ := old.at("metadata", "labels").(map[string]any)
	for key := range labels {
		change[key] = nil
	}
	labels, _ = d.at("metadata", "labels").(map[string]any)
	for key, value := range labels {
		s, _ := value.(string)
		change[key] = &s
	}
	return change
}

// allowed asks reality about flows.
func (r *reality) allowed(ctx context.Context, flows []felix.Flow) ([]bool, error) {
	results, err := r.ProbeAll(ctx, flows)
	if err != nil {
		return nil, err
	}
	out := make([]bool, len(results))
	for i, one := range results {
		out[i] = one.Outcome == felix.Answered
	}
	return out, nil
}

// podsOf returns the ends of a table, in the documents' order.
func podsOf(docs []document) (out []felix.End) {
	for _, d := range docs {
		if d.text("kind") == "Pod" {
			out = append(out, felix.End{Namespace: d.text("metadata", "namespace"), Name: d.text("metadata", "name")})
		}
	}
	return slices.Clip(out)
}
