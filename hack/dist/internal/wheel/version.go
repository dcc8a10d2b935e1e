package wheel

import (
	"fmt"
	"regexp"
	"strings"
)

// released matches the tags of releases and what they may have behind them.
var released = regexp.MustCompile(`^v(\d+\.\d+\.\d+)(?:-(alpha|beta|rc)\.?(\d+))?$`)

// between matches what Go calls a commit without a tag, and files that are not
// committed: v1.2.1-0.20260102030405-0123456789ab+dirty.
var between = regexp.MustCompile(`^v(\d+\.\d+\.\d+)-(?:.*\.)?(\d{14})-([0-9a-f]{12})(\+dirty)?$`)

// pythonVersion returns a version of Go's as Python's version specifiers have it: a
// commit between releases comes before the release, and names itself in a local part,
// which no index of packages accepts.
func pythonVersion(version string) (string, error) {
	if m := released.FindStringSubmatch(version); m != nil {
		short := map[string]string{"": "", "alpha": "a", "beta": "b", "rc": "rc"}[m[2]]
		return m[1] + short + m[3], nil
	}
	if m := between.FindStringSubmatch(version); m != nil {
		return m[1] + ".dev" + m[2] + "+g" + m[3] + strings.ReplaceAll(m[4], "+", "."), nil
	}
	return "", fmt.Errorf("the version %q is neither that of a release (v1.2.3, v1.2.3-rc.1) nor that of a commit", version)
}
