package openstack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// Options say how to run the services.
type Options struct {
	Release      Release
	Dir          string // folder of the run, made when missing
	Group        *proc.Group
	BcryptRounds int    // 4 (quickest) to 31; Keystone's own default is 12
	TokenSeconds int    // life of a token
	FullCost     bool   // Magnum signs in to Keystone for each query to its database, as in a cloud
	HookURL      string // where new clusters ask for their API address; also stands in for nova, glance and neutron
	DeadURL      string // where nothing listens: Magnum in RegionTwo
	// Address returns the API address that a seeded cluster reports.
	Address func(Cluster) (string, error)
}

// Services are a running Keystone and Magnum.
type Services struct {
	Seed
	KeystoneURL string // with /v3
	MagnumURL   string // with /v1

	bed
	ports  [2]*proc.Port
	magnum server
	api    *proc.Process
}

// Start starts both and returns when they answer.
func Start(ctx context.Context, root debian.Root, o Options) (*Services, error) {
	from, seed, err := Accounts{o.Release, o.BcryptRounds}.seeded(ctx)
	if err != nil {
		return nil, err
	}
	s := &Services{Seed: seed, bed: bed{root, o.Dir, o.Group}}
	for i := range s.ports {
		if s.ports[i], err = proc.Reserve(); err != nil {
			s.Release()
			return nil, err
		}
	}
	if err := s.start(ctx, from, o); err != nil {
		s.Release()
		return nil, err
	}
	return s, nil
}

// Release gives the ports back. The group ends the processes.
func (s *Services) Release() {
	for _, p := range s.ports {
		if p != nil {
			p.Release()
		}
	}
}

func (s *Services) start(ctx context.Context, from string, o Options) error {
	keystoneURL, magnumURL := "http://"+s.ports[0].Addr(), "http://"+s.ports[1].Addr()
	s.KeystoneURL, s.MagnumURL = keystoneURL+"/v3", magnumURL+"/v1"
	if err := o.Release.layout(s.dir); err != nil {
		return err
	}
	if err := copyDir(filepath.Join(s.dir, "db"), filepath.Join(from, "db")); err != nil {
		return fmt.Errorf("copying the seeded databases: %w", err)
	}
	if err := keys(s.dir); err != nil { // own ones, so that no bed takes another one's tokens
		return err
	}
	if err := configure(s.dir, settings{
		keystoneURL, o.TokenSeconds, o.BcryptRounds, s.Secrets["magnum"], s.Secrets["magnum_domain_admin"],
		o.Release == Epoxy,
	}); err != nil {
		return err
	}
	api := map[string]string{}
	for _, c := range s.Clusters {
		var err error
		if api[c.UUID], err = o.Address(c); err != nil {
			return err
		}
	}
	if err := s.pipe(ctx, "prepare", addresses{API: api, URLs: map[string]string{
		keystoneMark: keystoneURL, magnumMark: magnumURL, stubMark: o.HookURL, deadMark: o.DeadURL,
	}}, nil); err != nil {
		return err
	}
	return s.run(ctx, o)
}

// run starts the processes side by side: Magnum needs Keystone only once a
// request comes in.
func (s *Services) run(ctx context.Context, o Options) error {
	identity := keystone(s.ports[0])
	s.magnum = magnum(s.ports[1], o)
	first, err := s.serve(identity)
	if err != nil {
		return err
	}
	if s.api, err = s.serve(s.magnum); err != nil {
		return err
	}
	sync := command(context.Background(), s.root, s.dir, filepath.Join(s.dir, "work"), s.magnum.env, "python3", "/lab/py/magnum_sync.py")
	if _, err := s.group.Start("magnum-sync", sync); err != nil {
		return err
	}
	if err := await(ctx, first, identity); err != nil {
		return err
	}
	return await(ctx, s.api, s.magnum)
}

// RestartMagnum restarts Magnum's API.
func (s *Services) RestartMagnum(ctx context.Context) error {
	s.api.Stop(stopGrace)
	var err error
	if s.api, err = s.serve(s.magnum); err != nil {
		return err
	}
	return await(ctx, s.api, s.magnum)
}

// copyDir copies plain files, private to their owner.
func copyDir(to, from string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
