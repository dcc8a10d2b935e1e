package session

import (
	"context"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

// KubectlVersion begins to ask the kubectl in PATH for its version, which takes
// as long as a request, and returns how to get the answer.
func KubectlVersion(ctx context.Context) func() (release.Version, bool) {
	type answer struct {
		v  release.Version
		ok bool
	}
	answered := make(chan answer, 1)
	go func() {
		v, ok := release.Kubectl(ctx)
		answered <- answer{v, ok}
	}()
	return func() (release.Version, bool) {
		a := <-answered
		answered <- a
		return a.v, a.ok
	}
}

// VersionText returns a version as people write it, "" where it is not known.
func VersionText(v release.Version, known bool) string {
	if !known {
		return ""
	}
	return v.String()
}
