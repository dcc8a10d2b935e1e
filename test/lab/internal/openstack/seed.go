package openstack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/cache"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// Seed is what the seeded databases hold.
type Seed struct {
	Secrets  map[string]string // password or secret by user or credential
	IDs      map[string]string // Keystone id by user, project or credential
	Clusters []Cluster         // those that report an API address
}

// Cluster is a seeded cluster.
type Cluster struct {
	Name, UUID, User, Project string
	Scheme                    string // of its API address: https, or http where TLS is disabled
	Stack                     string // what the driver knows it by; "" before that has begun
}

// The databases in the cache name the services by these; a run puts its own
// addresses in their place.
const (
	keystoneMark = "http://keystone.lab.invalid"
	magnumMark   = "http://magnum.lab.invalid"
	stubMark     = "http://stub.lab.invalid"
	deadMark     = "http://dead.lab.invalid"
)

// seedName names the cache entry: it depends on everything that shapes the
// content, which is all files of this package and the root.
func (r Release) seedName(root string, rounds int) string {
	recipe := [][]byte{[]byte(root)}
	_ = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || r.lacks(path) {
			return err
		}
		data, err := files.ReadFile(path)
		recipe = append(recipe, []byte(path), data)
		return err
	})
	return fmt.Sprintf("seed-%s-%d-%s", r.name(), rounds, cache.Key(recipe...))
}

// lacks reports whether a file belongs to another release.
func (r Release) lacks(path string) bool {
	for _, other := range []Release{Zed, Epoxy} {
		if other != r && strings.HasPrefix(path, "files/"+other.name()+"/") {
			return true
		}
	}
	return false
}

// Accounts is a preparation of the seeded databases.
type Accounts struct {
	Release Release
	Rounds  int // cost of checking a password
}

// Costs are the costs of checking a password that databases are prepared for:
// the quickest, and Keystone's own default for measurements.
var Costs = []int{4, 12}

// Unavailable returns why the databases can be neither used nor made on this
// machine, or nil.
func (a Accounts) Unavailable() error {
	if err := a.Release.Image().Unavailable(); err != nil {
		return err
	}
	if _, err := a.Release.Image().Root(); err != nil {
		return errors.New("it needs the part " + a.Release.Image().Name + ", which is not there")
	}
	return nil
}

// Entry returns the name of the databases' entry in the test cache.
func (a Accounts) Entry(ctx context.Context) (string, error) {
	entry, err := a.Release.Image().Entry(ctx)
	return a.Release.seedName(entry, a.Rounds), err
}

// MakePart makes the databases, unless they are there and whole, by running the
// services, whose image must have been prepared.
func (a Accounts) MakePart(ctx context.Context, say func(string)) (made bool, err error) {
	entry, err := a.Entry(ctx)
	if err != nil {
		return false, err
	}
	return cache.Make(ctx, entry, say, func(dir string) error {
		root, err := a.Release.Image().Root()
		if err != nil {
			return err
		}
		say("running Keystone and Magnum to make users and clusters")
		return a.sow(ctx, root, dir)
	})
}

// Available returns why no test can use the services, in half a sentence: the
// machine cannot run them, or they have not been prepared. It returns nil
// otherwise.
func (a Accounts) Available(ctx context.Context) error {
	if err := a.Release.Image().Available(); err != nil {
		return err
	}
	entry, err := a.Entry(ctx)
	if err != nil {
		return err
	}
	_, err = cache.Find(entry)
	return err
}

// seeded returns the folder with the seeded databases, which must have been
// prepared.
func (a Accounts) seeded(ctx context.Context) (string, Seed, error) {
	var seed Seed
	entry, err := a.Entry(ctx)
	if err != nil {
		return "", seed, err
	}
	dir, err := cache.Find(entry)
	if err != nil {
		return "", seed, err
	}
	data, err := os.ReadFile(filepath.Join(dir, "seed.json"))
	if err == nil {
		err = json.Unmarshal(data, &seed)
	}
	return dir, seed, err
}

// sow fills dir by running the services in it.
func (a Accounts) sow(ctx context.Context, root debian.Root, dir string) error {
	group := proc.NewGroup(filepath.Join(dir, "log"))
	defer group.Close()
	port, err := proc.Reserve()
	if err != nil {
		return err
	}
	defer port.Release()
	seed := Seed{Secrets: secrets()}
	url := "http://" + port.Addr()
	if err := a.Release.layout(dir); err != nil {
		return err
	}
	if err := keys(dir); err != nil {
		return err
	}
	s := settings{url, 3600, a.Rounds, seed.Secrets["magnum"], seed.Secrets["magnum_domain_admin"], a.Release == Epoxy}
	if err := configure(dir, s); err != nil {
		return err
	}
	b := &bed{root, dir, group}
	if err := b.sowKeystone(ctx, keystone(port), &seed, url); err != nil {
		return err
	}
	if err := b.sowMagnum(ctx, &seed); err != nil {
		return err
	}
	data, err := json.Marshal(seed)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "seed.json"), data, 0o600)
}

func (b *bed) sowKeystone(ctx context.Context, s server, seed *Seed, url string) error {
	manage := []string{"keystone-manage", "--config-file", "/lab/etc/keystone.conf"}
	if _, err := output(ctx, b.root, b.dir, nil, nil, append(manage, "db_sync")...); err != nil {
		return err
	}
	if err := b.pipe(ctx, "prepare", addresses{}, nil); err != nil {
		return err
	}
	boot := append(manage, "bootstrap", "--bootstrap-username", "admin", "--bootstrap-project-name", "admin",
		"--bootstrap-role-name", "admin", "--bootstrap-service-name", "keystone", "--bootstrap-region-id", "RegionOne",
		"--bootstrap-public-url", keystoneMark+"/v3", "--bootstrap-internal-url", keystoneMark+"/v3",
		"--bootstrap-admin-url", keystoneMark+"/v3")
	password := []string{"OS_BOOTSTRAP_PASSWORD=" + seed.Secrets["admin"]}
	if _, err := output(ctx, b.root, b.dir, nil, password, boot...); err != nil {
		return err
	}
	p, err := b.serve(s)
	if err != nil {
		return err
	}
	defer p.Stop(stopGrace)
	if err := await(ctx, p, s); err != nil {
		return err
	}
	return b.pipe(ctx, "seed_keystone", map[string]any{
		"auth_url": url + "/v3", "own_url": keystoneMark + "/v3", "magnum_url": magnumMark + "/v1",
		"dead_url": deadMark + "/v1", "stub_url": stubMark, "secrets": seed.Secrets,
	}, &seed.IDs)
}

func (b *bed) sowMagnum(ctx context.Context, seed *Seed) error {
	if _, err := output(ctx, b.root, b.dir, nil, nil, "python3", "/lab/py/magnum_schema.py"); err != nil {
		return err
	}
	return b.pipe(ctx, "seed_magnum", seed.IDs, &seed.Clusters)
}

// addresses is what prepare.py puts into the databases.
type addresses struct {
	URLs map[string]string `json:"urls,omitempty"` // in the catalog, by the mark they replace
	API  map[string]string `json:"api,omitempty"`  // of clusters, by UUID
}

// pipe runs one of our Python programs, JSON in and JSON out.
func (b *bed) pipe(ctx context.Context, program string, in, out any) error {
	data, err := json.Marshal(in)
	if err != nil {
		return err
	}
	data, err = output(ctx, b.root, b.dir, data, nil, "python3", "/lab/py/"+program+".py")
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("reading what %s says: %w", program, err)
	}
	return nil
}
