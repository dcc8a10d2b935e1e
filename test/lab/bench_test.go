package lab_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
)

// BenchmarkMagnum shows, at Keystone's own cost of checking a password, what
// Magnum makes of the three requests of a login: one after the other and at once.
func BenchmarkMagnum(b *testing.B) {
	lab.Require(b)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	bed, err := lab.Start(ctx, lab.Options{BcryptRounds: 12, FullCost: true})
	if err != nil {
		b.Fatal(err)
	}
	defer bed.Close()
	token, err := bed.Token(ctx, "alice")
	if err != nil {
		b.Fatal(err)
	}
	ask := func() {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, bed.MagnumURL+"/clusters/prod", nil)
		if err != nil {
			b.Error(err)
			return
		}
		req.Header.Set("X-Auth-Token", token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			b.Error(err)
			return
		}
		resp.Body.Close()
	}
	atOnce := func() {
		var all sync.WaitGroup
		for range 3 {
			all.Go(ask)
		}
		all.Wait()
	}
	atOnce() // every worker has seen a request before anything is measured
	atOnce()
	b.Run("three one after the other", func(b *testing.B) {
		for b.Loop() {
			ask()
			ask()
			ask()
		}
	})
	b.Run("three at once", func(b *testing.B) {
		for b.Loop() {
			atOnce()
		}
	})
}
