package support_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/support"
)

func TestArchive(t *testing.T) {
	t.Parallel()
	b, err := support.Collect(t.Context(), options(whole(t)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := b.Archive()
	if err != nil {
		t.Fatal(err)
	}
	zipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewReader(zipped)
	var names []string
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, path.Base(h.Name))
		if h.Mode != 0o600 || path.IsAbs(h.Name) || strings.Contains(h.Name, "..") {
			t.Errorf("%s has mode %o", h.Name, h.Mode)
		}
		for _, secret := range []string{password, "hunter2", "alice@example.com", "0a1b2c3d4e"} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds %q", h.Name, secret)
			}
		}
		if strings.HasSuffix(h.Name, ".json") && !json.Valid(content) {
			t.Errorf("%s is not JSON", h.Name)
		}
	}
	want := []string{"support.txt", "manifest.json", "cluster.json", "health.json", "timeline.json", "nodegroups.json",
		"template.json", "network.json", "check.json", "clients.json"}
	if d := cmp.Diff(want, names); d != "" {
		t.Error(d)
	}
}
