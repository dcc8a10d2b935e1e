package wine

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/cache"
)

//go:embed files/install.sh
var installScript string

// Image is the Debian with wine. Debian 12's wine is too old for what Go's
// runtime asks of Windows.
func Image() debian.Image {
	return debian.Image{Name: "wine", Suite: "trixie", Packages: []string{"wine64"}}
}

// Prefix is a preparation of the Windows installation that machines begin with.
type Prefix struct{}

// Unavailable returns why the installation can be neither used nor made on this
// machine, or nil.
func (Prefix) Unavailable() error { return Image().Unavailable() }

// Entry returns the name of the installation's entry in the test cache.
func (Prefix) Entry(ctx context.Context) (string, error) {
	image, err := Image().Entry(ctx)
	return "windows-" + cache.Key([]byte(image), []byte(installScript)), err
}

// MakePart makes the installation, unless it is there and whole. The image must
// have been prepared.
func (p Prefix) MakePart(ctx context.Context, say func(string)) (made bool, err error) {
	entry, err := p.Entry(ctx)
	if err != nil {
		return false, err
	}
	return cache.Make(ctx, entry, say, func(dir string) error {
		root, err := Image().Root()
		if err != nil {
			return err
		}
		say("installing Windows, as wine has it")
		return install(ctx, root, dir)
	})
}

func install(ctx context.Context, root debian.Root, dir string) error {
	env := append([]string{"WINEDEBUG=-all"}, "WINEPREFIX=/lab/prefix", "WINEDLLOVERRIDES=winemenubuilder.exe=d")
	cmd := root.Command(ctx, dir, dir, env, "/bin/sh", "-c", installScript)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running wineboot: %w\n%s", err, bytes.TrimSpace(out))
	}
	return os.RemoveAll(filepath.Join(dir, "tmp"))
}

func findPrefix() (string, error) {
	entry, err := Prefix{}.Entry(context.Background())
	if err != nil {
		return "", err
	}
	return cache.Find(entry)
}
