package plugin

import (
	"runtime"
	"runtime/debug"
)

// Build says which build of a program this is, as the Go toolchain recorded it.
type Build struct {
	Version  string `json:"version"`          // module version, or "(devel)"
	Commit   string `json:"commit,omitempty"` // full hash
	Date     string `json:"date,omitempty"`   // of the commit, RFC 3339
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"` // os/arch
}

// ThisBuild describes the running program.
func ThisBuild() Build {
	b := Build{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
