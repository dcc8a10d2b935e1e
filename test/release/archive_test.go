package release

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// limits are the most bytes that an archive of a program may have.
var limits = map[string]int{"kubectl-catalyst": 7.4e6, "openstack-coe-helper": 4e6}

func sameBytes(t *testing.T, r *releases) {
	one, two := readFolder(t, r.first), readFolder(t, r.again)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(one)), slices.Sorted(maps.Keys(two))); diff != "" {
		t.Fatalf("there are other files:\n%s", diff)
	}
	want := 2*3 + 1 + 2*2*2 + 2 // for krew, Homebrew, Scoop; sums; archives and SBOMs; wheels
	if here().OS == "linux" {
		want += 2 * 3 // deb, rpm, apk
	}
	if len(one) != want {
		t.Errorf("%d files, want %d: %q", len(one), want, slices.Sorted(maps.Keys(one)))
	}
	for name := range one {
		if !bytes.Equal(one[name], two[name]) {
			t.Errorf("%s has other bytes where it was made from the same commit elsewhere", name)
		}
	}
}

func checksumsAreRight(t *testing.T, r *releases) {
	files := readFolder(t, r.first)
	var want strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name != "checksums.txt" {
			fmt.Fprintf(&want, "%x  %s\n", sha256.Sum256(files[name]), name)
		}
	}
	if diff := cmp.Diff(want.String(), string(files["checksums.txt"])); diff != "" {
		t.Error(diff)
	}
}

func archivesAreComplete(t *testing.T, r *releases) {
	own, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.catalog.Plugins {
		for _, at := range []plugin.Platform{here(), other()} {
			name := archiveName(p, first, at)
			data, err := os.ReadFile(filepath.Join(r.first, name))
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > limits[p.Program] {
				t.Errorf("%s has %d bytes, more than %d", name, len(data), limits[p.Program])
			}
			files := unpack(t, name, data)
			if !bytes.Equal(files["LICENSE"], own) {
				t.Errorf("%s: LICENSE is not ours", name)
			}
			program := files[executable(p.Program, at)]
			checkProgram(t, name, program, r)
			checkNotices(t, name, program, string(files["THIRD-PARTY-NOTICES.txt"]))
			scripts := []string{"bash", "ps1"}
			if at.OS == "windows" {
				checkNothingOfUnix(t, name, files)
			} else {
				checkManPages(t, name, p.Program, files)
				scripts = append(scripts, "zsh", "fish")
			}
			for _, script := range scripts {
				if script = "completion/" + p.Program + "." + script; !strings.Contains(string(files[script]), p.Program) {
					t.Errorf("%s: no %s", name, script)
				}
			}
		}
	}
}

// checkNothingOfUnix wants nothing in an archive that Windows cannot use.
func checkNothingOfUnix(t *testing.T, archive string, files map[string][]byte) {
	t.Helper()
	for name := range files {
		if strings.HasPrefix(name, "man/") || strings.HasSuffix(name, ".zsh") || strings.HasSuffix(name, ".fish") {
			t.Errorf("%s: has %s", archive, name)
		}
	}
}

// checkManPages wants the pages that the documentation has, and no others.
func checkManPages(t *testing.T, archive, program string, files map[string][]byte) {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "man", program+"*.1"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("no man pages of %s: %v", program, err)
	}
	var want, got []string
	for _, page := range pages {
		want = append(want, "man/man1/"+filepath.Base(page))
	}
	for name := range files {
		if strings.HasPrefix(name, "man/") {
			got = append(got, name)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: man pages:\n%s", archive, diff)
	}
}

// checkProgram looks at what a program says of itself, and for what must not be
// in it.
func checkProgram(t *testing.T, archive string, program []byte, r *releases) {
	t.Helper()
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		t.Fatalf("%s: %v", archive, err)
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if info.Main.Version != first || settings["vcs.time"] != committed || settings["vcs.modified"] != "false" || len(settings["vcs.revision"]) != 40 {
		t.Errorf("%s: built from %s, %v", archive, info.Main.Version, settings)
	}
	if settings["CGO_ENABLED"] != "0" || settings["-trimpath"] != "true" {
		t.Errorf("%s: built with %v", archive, settings)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Dir(r.first), home + string(filepath.Separator)} {
		if bytes.Contains(program, []byte(path)) {
			t.Errorf("%s: the path %q of this machine is in the program", archive, path)
		}
	}
	if f, err := elf.NewFile(bytes.NewReader(program)); err == nil {
		if f.Section(".symtab") != nil || f.Section(".debug_info") != nil {
			t.Errorf("%s: the program is not stripped", archive)
		}
		if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC }) {
			t.Errorf("%s: the program is not static", archive)
		}
	}
}

// checkNotices asks for each linked module's own licence text, in full.
func checkNotices(t *testing.T, archive string, program []byte, notices string) {
	t.Helper()
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(notices, "Copyright 2009 The Go Authors") {
		t.Errorf("%s: the notices lack the licence of Go itself", archive)
	}
	for _, m := range info.Deps {
		dir := strings.TrimSpace(run(t, "../..", nil, "go", "list", "-m", "-f", "{{.Dir}}", m.Path))
		texts, err := filepath.Glob(filepath.Join(dir, "LICENSE*"))
		if err != nil || len(texts) == 0 {
			t.Fatalf("no licence of %s below %q: %v", m.Path, dir, err)
		}
		for _, name := range texts {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(notices, strings.TrimSpace(string(text))) {
				t.Errorf("%s: the notices lack %s of %s", archive, filepath.Base(name), m.Path)
			}
			if want := m.Path + " " + m.Version + " (" + filepath.Base(name) + ")"; !strings.Contains(notices, want) {
				t.Errorf("%s: the notices do not name %s", archive, want)
			}
		}
	}
}
