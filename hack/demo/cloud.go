package main

import (
	"context"
	"fmt"
	"os"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/prepare"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
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
		s.printHeading("Starting a cloud in this process: a Keystone, a Magnum, and an API server for each cluster.")
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

// openReal prepares and starts the test bed.
func openReal(ctx context.Context, s *stage) (cloud, error) {
	s.printHeading("Preparing the real services. The first time this takes minutes.")
	report := prepare.Run(ctx, prepare.ClusterAPI(), os.Stderr)
	if err := report.Err(); err != nil {
		return cloud{}, err
	}
	s.printHeading("Starting a real Keystone, and a real Magnum that makes a cluster with Cluster API.")
	bed, err := lab.Start(ctx, lab.Options{Cloud: lab.ClusterAPI})
	if err != nil {
		return cloud{}, err
	}
	c := cloud{clouds: bed.CloudsYAML(), kubectl: bed.Kubectl(), close: func() error { bed.Close(); return nil }}
	if err := bed.Create(ctx, "blue", 1); err != nil {
		bed.Close()
		return cloud{}, err
	}
	return c, nil
}
