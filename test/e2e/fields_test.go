package e2e

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the real client prints as JSON, null included, this program prints under
// the same names.
func TestShownFieldsAreThoseOfTheRealClient(t *testing.T) {
	t.Parallel()
	p := somebody(t, "alice")
	for _, c := range []struct {
		name       string
		real, ours []string
		passing    string // a field that changes from one question to the next
		null       any    // how the real client writes null
	}{
		{"cluster", []string{"coe", "cluster", "show", "prod"}, []string{"cluster", "show", "prod"}, "", nil},
		{"failed cluster", []string{"coe", "cluster", "show", "failed"}, []string{"cluster", "show", "failed"}, "", nil},
		{"unfinished cluster", []string{"coe", "cluster", "show", "creating"}, []string{"cluster", "show", "creating"}, "updated_at", nil},
		{"template", []string{"coe", "cluster", "template", "show", "kubernetes-v1.36.3"}, []string{"template", "show", "kubernetes-v1.36.3"}, "", "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, err := p.bed.OpenStack(t.Context(), "alice", t.TempDir(), append(c.real, "-f", "json")...)
			if err != nil {
				t.Fatal(err)
			}
			var real, ours map[string]any
			if err := json.Unmarshal(out, &real); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(p.catalyst(append(c.ours, "-o", "json")...).stdout), &ours); err != nil {
				t.Fatal(err)
			}
			if len(real) < 28 {
				t.Errorf("the real client prints %d fields only", len(real))
			}
			nulls := 0
			for name, want := range real {
				if want == c.null {
					nulls, want = nulls+1, nil
				}
				got, there := ours[name]
				switch {
				case name == c.passing:
				case !there:
					t.Errorf("there is no %s (%v)", name, want)
				case !cmp.Equal(want, got):
					t.Errorf("%s: %s", name, cmp.Diff(want, got))
				}
			}
			if nulls == 0 {
				t.Error("nothing is null, so the test shows nothing")
			}
		})
	}
}
