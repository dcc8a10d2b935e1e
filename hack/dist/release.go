package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/archive"
	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/formula"
	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/krew"
	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/linked"
	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/nfpm"
	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/sbom"
	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/toolchain"
	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/wheel"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/coehelper"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// release is one in the making.
type release struct {
	catalog plugin.Catalog
	dir     string
	work    string // temporary
	say     io.Writer
	version string
	sums    map[string]string // SHA-256 in hex by name of the file
}

func newRelease(catalog plugin.Catalog, dir string, say io.Writer) (*release, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("the folder %q is not empty", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp("", "catalyst-dist-")
	if err != nil {
		return nil, err
	}
	return &release{catalog: catalog, dir: dir, work: work, say: say, sums: map[string]string{}}, nil
}

func (r *release) close() error { return os.RemoveAll(r.work) }

func (r *release) make(ctx context.Context) error {
	for _, p := range r.catalog.Platforms {
		bin := filepath.Join(r.work, p.OS+"-"+p.Arch)
		if err := toolchain.Build(ctx, p, bin, "./cmd/..."); err != nil {
			return err
		}
		for _, pl := range r.catalog.Plugins {
			if err := r.pack(ctx, pl, p, bin); err != nil {
				return fmt.Errorf("%s for %s/%s: %w", pl.Program, p.OS, p.Arch, err)
			}
		}
	}
	for _, pl := range r.catalog.Plugins {
		if err := r.describe(pl); err != nil {
			return err
		}
	}
	return r.writeSums()
}

// describe writes what krew, Homebrew and Scoop install a plugin with.
func (r *release) describe(pl plugin.Plugin) error {
	text, err := krew.Manifest(r.catalog, pl, r.version, r.sums)
	if err != nil {
		return err
	}
	made := formula.Release{Catalog: r.catalog, Plugin: pl, Version: r.version, Sums: maps.Clone(r.sums)}
	brew, err := made.Homebrew()
	if err != nil {
		return err
	}
	scoop, err := made.Scoop()
	if err != nil {
		return err
	}
	for name, text := range map[string]string{krew.FileName(pl): string(text), made.HomebrewName(): brew, made.ScoopName(): scoop} {
		if text == "" {
			continue
		}
		if err := r.write(name, []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

// pack makes the archive of a program and the list of what is in it.
func (r *release) pack(ctx context.Context, pl plugin.Plugin, p plugin.Platform, bin string) error {
	file := pl.Program
	if p.OS == "windows" {
		file += ".exe"
	}
	content, err := os.ReadFile(filepath.Join(bin, file))
	if err != nil {
		return err
	}
	program, err := linked.Read(ctx, filepath.Join(bin, file), "./cmd/"+pl.Program, p)
	if err != nil {
		return err
	}
	if r.version == "" {
		r.version = program.Version
		fmt.Fprintf(r.say, "%s, commit %s\n", program.Version, program.Commit)
		if program.Modified {
			fmt.Fprintln(r.say, "warning: there are changes that are not committed; nobody can build this again")
		}
	}
	files, err := r.members(ctx, pl, p, program)
	if err != nil {
		return err
	}
	if pl.Name == plugin.Helper && wheel.Made(p) {
		if err := r.writeWheel(pl, p, program, content, files); err != nil {
			return err
		}
	}
	files = append(files, archive.File{Name: file, Mode: 0o755, Data: content})
	name := krew.ArchiveName(pl.Program, r.version, p)
	size, err := r.writeArchive(name, program, files)
	if err != nil {
		return err
	}
	fmt.Fprintf(r.say, "%s: %.2f MB\n", name, float64(size)/1e6)
	if size > limits[pl.Name] {
		return fmt.Errorf("the archive has %d bytes, more than the %d it may have", size, limits[pl.Name])
	}
	if p.OS == "linux" {
		if err := r.writePackages(ctx, pl, p, program, files); err != nil {
			return err
		}
	}
	list, err := sbom.Make(pl.Program, content, p, program)
	if err != nil {
		return err
	}
	return r.write(strings.TrimSuffix(name, archive.Extension(p.OS))+".cdx.json", list)
}

// writePackages makes packages for systems of Linux of an archive's members.
func (r *release) writePackages(ctx context.Context, pl plugin.Plugin, p plugin.Platform, program *linked.Program, files []archive.File) error {
	packed := nfpm.Package{Homepage: r.catalog.Homepage, Plugin: pl, Arch: p.Arch, Version: r.version, Time: program.Time, Members: files}
	to := filepath.Join(r.work, pl.Program+"-"+p.Arch+"-packages")
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	if err := packed.Make(ctx, r.work, to); err != nil {
		return err
	}
	made, err := os.ReadDir(to)
	if err != nil {
		return err
	}
	for _, e := range made {
		data, err := os.ReadFile(filepath.Join(to, e.Name()))
		if err != nil {
			return err
		}
		if err := r.write(e.Name(), data); err != nil {
			return err
		}
		fmt.Fprintf(r.say, "%s: %.2f MB\n", e.Name(), float64(len(data))/1e6)
	}
	return nil
}

// writeWheel makes the helper's wheel with those of the files that are licences.
func (r *release) writeWheel(pl plugin.Plugin, p plugin.Platform, program *linked.Program, content []byte, files []archive.File) error {
	tree, err := coehelper.Tree()
	if err != nil {
		return err
	}
	w := wheel.Wheel{Catalog: r.catalog, Plugin: pl, Platform: p, Version: r.version, Program: content, Tree: tree}
	for _, f := range files {
		if f.Name == licenceFile || f.Name == noticesFile {
			w.Licences = append(w.Licences, f)
		}
	}
	name, err := w.Name()
	if err != nil {
		return err
	}
	members, err := w.Files()
	if err != nil {
		return err
	}
	size, err := r.writeArchive(name, program, members)
	if err == nil {
		fmt.Fprintf(r.say, "%s: %.2f MB\n", name, float64(size)/1e6)
	}
	return err
}

func (r *release) writeArchive(name string, program *linked.Program, files []archive.File) (size int64, err error) {
	f, err := os.OpenFile(filepath.Join(r.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	sum := sha256.New()
	if err := archive.Pack(io.MultiWriter(f, sum), name, program.Time, files); err != nil {
		return 0, err
	}
	r.sums[name] = fmt.Sprintf("%x", sum.Sum(nil))
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), f.Close()
}

func (r *release) write(name string, data []byte) error {
	r.sums[name] = fmt.Sprintf("%x", sha256.Sum256(data))
	return os.WriteFile(filepath.Join(r.dir, name), data, 0o644)
}

// writeSums writes checksums.txt as sha256sum does, for `sha256sum --check`.
func (r *release) writeSums() error {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.sums)) {
		fmt.Fprintf(&b, "%s  %s\n", r.sums[name], name)
	}
	return os.WriteFile(filepath.Join(r.dir, "checksums.txt"), []byte(b.String()), 0o644)
}
