package cloud

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseClouds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       map[string]settings
	}{
		{"nothing", "", nil},
		{"only a comment", "# later\n", nil},
		{"no clouds", "cache: {auth: true}\n", nil},
		{"null clouds", "clouds:\n", nil},
		{"null cloud", "clouds: {a: }\n", map[string]settings{"a": {}}},
		{"null auth", "clouds: {a: {auth: , region_name: r}}\n", map[string]settings{"a": {"region_name": "r"}}},
		{"cloud that is a list", "clouds: {a: [1, 2]}\n", map[string]settings{"a": {}}},
		{"auth that is text", "clouds: {a: {auth: hush}}\n", map[string]settings{"a": {"auth": "hush"}}},
		{"numbers stay as written", "clouds: {a: {auth: {password: 0123, username: 1e3, project_id: 007}}}\n", map[string]settings{"a": {"auth.password": "0123", "auth.username": "1e3", "auth.project_id": "007"}}},
		{"account beside auth", "clouds: {a: {username: top, auth: {username: below, auth-url: 'http://x'}}}\n", map[string]settings{"a": {"auth.username": "top", "auth.auth_url": "http://x"}}},
		{"project beside auth", "clouds: {a: {project_name: top, project_id: i, auth: {project_name: below}}}\n", map[string]settings{"a": {"auth.project_id": "i"}}},
		{"project name beside auth", "clouds: {a: {project_name: top, domain_id: d, auth: {project_name: below}}}\n", map[string]settings{"a": {"auth.project_name": "below", "auth.domain_id": "d"}}},
		{"old names", "clouds: {a: {endpoint_type: internal, auth: {tenant-name: t}}}\n", map[string]settings{"a": {"interface": "internal", "auth.project_name": "t"}}},
		{"old name beside the new", "clouds: {a: {auth: {tenant_name: t, project_name: p}}}\n", map[string]settings{"a": {"auth.project_name": "p"}}},
		{"JSON", `{"clouds": {"a": {"auth": {"username": "u"}, "verify": false}}}`, map[string]settings{"a": {"auth.username": "u", "verify": "false"}}},
		{"merge keys", "x: &x {auth: &y {username: u, password: p}, verify: false}\nclouds:\n  a: {<<: *x, region_name: r}\n  b: {<<: [{verify: true}, *x], auth: {<<: *y, password: q}}\n", map[string]settings{
			"a": {"auth.username": "u", "auth.password": "p", "verify": "false", "region_name": "r"},
			"b": {"auth.username": "u", "auth.password": "q", "verify": "true"},
		}},
		{"anchor within itself", "clouds: &c {a: {auth: *c, region_name: r}}\n", map[string]settings{"a": {"region_name": "r"}}},
	}
	for _, tt := range tests {
		clouds, err := parseClouds([]byte(tt.text), "clouds")
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got map[string]settings
		for name, e := range clouds {
			if got == nil {
				got = map[string]settings{}
			}
			got[name] = e.set
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	bomb := "a0: &a0 {x: y}\n"
	for i, last := 1, "a0"; i < 9; i++ {
		name := "a" + string(rune('0'+i))
		bomb += name + ": &" + name + " {<<: [" + strings.Repeat("*"+last+", ", 20) + "]}\n"
		last = name
	}
	tests := []struct{ name, text, says string }{
		{"broken", "clouds:\n  a: {auth: {password: *hush}}\n", "not valid YAML"},
		{"tab", "clouds:\n\ta: 1\n", "line 2"},
		{"text", "hush", "not a YAML mapping"},
		{"list of clouds", "clouds: [hush]\n", "line 1"},
		{"merges that multiply", bomb + "clouds: {a: {<<: *a8}}\n", errTooMuch.Error()},
		{"merge within itself", "clouds: &c {<<: *c}\n", errTooMuch.Error()},
	}
	for _, tt := range tests {
		_, err := parseClouds([]byte(tt.text), "clouds")
		if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
}

// FuzzParseClouds: no input may panic, take long, or appear in the error.
func FuzzParseClouds(f *testing.F) {
	for _, seed := range []string{
		"clouds: {a: {auth: {auth_url: 'http://x/v3', username: u, password: 1}, regions: [r, {name: s, values: {verify: no}}]}}",
		"x: &x {auth: {a: b}}\nclouds: {a: {<<: *x}, b: {<<: [*x, *x]}}", "clouds: &c {<<: *c}", "{\"clouds\": {\"a\": null}}", "? [a]\n: b\nclouds: {? {a: b} : c}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > maxConfig {
			return
		}
		clouds, err := parseClouds(data, "clouds")
		if err != nil && clouds != nil {
			t.Error("clouds beside an error")
		}
		r := &resolver{opts: Options{}.withDefaults(), read: true, clouds: clouds}
		for _, name := range slices.Sorted(maps.Keys(clouds)) {
			c, err := r.named(name)
			if (c == nil) == (err == nil) {
				t.Errorf("cloud %q: %v, %v", name, c, err)
			}
		}
	})
}
