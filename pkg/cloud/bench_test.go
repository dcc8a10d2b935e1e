package cloud_test

import (
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
)

func BenchmarkResolve(b *testing.B) {
	dir, env := home(b, map[string]string{"home/.config/openstack/clouds.yaml": two})
	o := cloud.Options{Dir: dir, Getenv: lookup(env), Cloud: "one"}
	for b.Loop() {
		if _, err := cloud.Resolve(o); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCachedSession is what every kubectl waits for: the account resolved
// and the token read back.
func BenchmarkCachedSession(b *testing.B) {
	k := newKeystone(b)
	o := k.options(b, k.openrc())
	signIn(b, o)
	for b.Loop() {
		signIn(b, o)
	}
}

func BenchmarkCachedService(b *testing.B) {
	k := newKeystone(b)
	o := k.options(b, k.openrc())
	signIn(b, o)
	for b.Loop() {
		if _, err := signIn(b, o).Service("container-infra"); err != nil {
			b.Fatal(err)
		}
	}
}
