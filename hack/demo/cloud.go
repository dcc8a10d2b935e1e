package main

import (
	"context"
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/sandbox"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
)

// cloud is one to log in to, with clusters called prod and blue.
type cloud struct {
	clouds  []byte // clouds.yaml with an account called alice
	kubectl string // one that belongs to it; "" for the user's own
	close   func() error
}

func open(ctx context.Context, kind string, s *stage) (cloud, error) {
	switch kind {
	case "sandbox":
		s.say("Starting a cloud in this process: a Keystone, a Magnum, and an API server for each cluster.")
		box, err := sandbox.Start(sandbox.Options{})
		if err != nil {
			return cloud{}, err
		}
		return cloud{clouds: box.CloudsYAML("alice"), close: box.Close}, nil
	case "real":
		return openReal(ctx, s)
	}
	return cloud{}, fmt.Errorf("there is no cloud %q: use sandbox or real", kind)
}

// openReal starts the test bed. Its first start on a machine takes minutes.
func openReal(ctx context.Context, s *stage) (cloud, error) {
	if ok, why := lab.Available(); !ok {
		return cloud{}, fmt.Errorf("the real services cannot run here: %s", why)
	}
	s.say("Starting a real Keystone, a real Magnum and real API servers.")
	bed, err := lab.Start(ctx, lab.Options{Kube: true})
	if err != nil {
		return cloud{}, err
	}
	c := cloud{clouds: bed.CloudsYAML(), kubectl: bed.Kubectl(), close: func() error { bed.Close(); return nil }}
	if _, err := bed.KubeFor(ctx, "blue"); err != nil {
		bed.Close()
		return cloud{}, err
	}
	return c, nil
}
