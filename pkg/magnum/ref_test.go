package magnum_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

func TestNamesThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, ref := range []string{"", ".", "..", "a/b", "../prod", `..\prod`, "a\nb", "a\rb", "a\x00b", "\x1b[31mred", "a\u202eb",
		"\xff", strings.Repeat("a", 256)} {
		w, c := serve(t, always(200, prodJSON))
		for _, do := range []func() error{
			func() error { _, err := c.Cluster(t.Context(), ref); return err },
			func() error { _, err := c.CA(t.Context(), ref); return err },
			func() error { _, err := c.Sign(t.Context(), ref, []byte("csr")); return err },
			func() error { _, err := c.NodeGroups(t.Context(), ref); return err },
			func() error { _, err := c.Template(t.Context(), ref); return err },
		} {
			err := do()
			_ = is[*magnum.InvalidRef](t, err)
			if text := shown(err); strings.Count(text, "\n") != 1 || strings.Contains(text, "\x1b") {
				t.Errorf("%q: shown as %q", ref, text)
			}
		}
		if got := w.requests(); len(got) != 0 {
			t.Errorf("%q: sent %q", ref, got)
		}
	}
}

func TestNamesAreEscaped(t *testing.T) {
	t.Parallel()
	w, c := serve(t, always(200, prodJSON))
	if _, err := c.Cluster(t.Context(), "a b?c#d%2e&é"); err != nil {
		t.Fatal(err)
	}
	if got, want := w.requests()[0], "GET /v1/clusters/a%20b%3Fc%23d%252e&%C3%A9"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAClusterCalledDetail(t *testing.T) {
	t.Parallel()
	_, c := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, listJSON) })
	_, err := c.Cluster(t.Context(), "detail")
	wants(t, err, "Magnum keeps that name", "UUID")
}
