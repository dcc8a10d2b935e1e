package release

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
)

// Version is a version of Kubernetes. Patch is -1 where only the minor version
// is known, as in "v1.35".
type Version struct{ Major, Minor, Patch int }

var (
	written = regexp.MustCompile(`^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4})(?:[-+].*)?)?$`)
	within  = regexp.MustCompile(`(?:^|-)v(\d{1,4})\.(\d{1,4})\.(\d{1,4})(?:-|$)`)
)

// Parse reads "v1.35.6", "1.35" or "v1.27.8-rancher2".
func Parse(s string) (Version, bool) { return fromMatch(written.FindStringSubmatch(s)) }

// InName finds the version in the name of a template, such as
// "kubernetes-v1.35.6-20260710".
func InName(name string) (Version, bool) { return fromMatch(within.FindStringSubmatch(name)) }

func fromMatch(m []string) (Version, bool) {
	if m == nil {
		return Version{}, false
	}
	v := Version{Patch: -1}
	v.Major, _ = strconv.Atoi(m[1]) // the pattern has digits only
	v.Minor, _ = strconv.Atoi(m[2])
	if m[3] != "" {
		v.Patch, _ = strconv.Atoi(m[3])
	}
	return v, true
}

func (v Version) String() string {
	if v.Patch < 0 {
		return fmt.Sprintf("v%d.%d", v.Major, v.Minor)
	}
	return fmt.Sprintf("v%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// Compare orders versions; it is suited for slices.SortFunc.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch))
}

// Covers reports whether w is v, or one of the patches of a v without a patch.
func (v Version) Covers(w Version) bool {
	return v.Major == w.Major && v.Minor == w.Minor && (v.Patch < 0 || v.Patch == w.Patch)
}
