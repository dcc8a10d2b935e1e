package kubeconfig_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

func TestLocate(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	list := func(names ...string) string { return strings.Join(names, string(filepath.ListSeparator)) }
	for name, c := range map[string]struct {
		explicit string
		env      map[string]string
		want     []string
	}{
		"a flag beats all":   {path("x"), map[string]string{"KUBECONFIG": path("y"), "HOME": dir}, []string{path("x")}},
		"a list":             {"", map[string]string{"KUBECONFIG": list(path("a"), "", path("b"), path("a"))}, []string{path("a"), path("b")}},
		"an empty list":      {"", map[string]string{"KUBECONFIG": list("", ""), "HOME": dir}, []string{filepath.Join(dir, ".kube", "config")}},
		"nothing said":       {"", map[string]string{"HOME": dir}, []string{filepath.Join(dir, ".kube", "config")}},
		"nowhere to be home": {"", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := kubeconfig.Locate(c.explicit, func(k string) string { return c.env[k] })
			if (err != nil) != (c.want == nil) {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, f.Paths); d != "" || f.Explicit != (c.explicit != "") {
				t.Errorf("explicit %v, paths %s", f.Explicit, d)
			}
		})
	}
}

// folder holds the files of a KUBECONFIG list.
type folder struct {
	t   *testing.T
	dir string
}

func (f folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f folder) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(f.path(name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f folder) text(name string) string {
	f.t.Helper()
	data, err := os.ReadFile(f.path(name))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(data)
}

func (f folder) files(names ...string) kubeconfig.Files {
	files := kubeconfig.Files{Warn: func(s string) { f.t.Log(s) }}
	for _, n := range names {
		files.Paths = append(files.Paths, f.path(n))
	}
	return files
}

const (
	first  = "contexts:\n- name: a\n  context: {cluster: a, user: a}\ncurrent-context: a # first\n"
	second = "contexts:\n- name: b\n  context: {cluster: b, user: b}\n"
)

// TestListOfFiles follows an entry through a KUBECONFIG list: into the first file that
// exists, again into the file where it lives, and out of it.
func TestListOfFiles(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.write("two", first)
	f.write("three", second)
	files := f.files("one", "two", "three")
	_, owned, err := files.Merge(t.Context(), []kubeconfig.Entry{entry("prod", "u-1")}, "prod")
	if err != nil || owned[0].Path != f.path("two") || !owned[0].Current {
		t.Fatalf("%+v, %v", owned, err)
	}
	// The user moves it to another file, and the current context stays.
	f.write("three", f.text("two"))
	f.write("two", first)
	changes, owned, err := files.Merge(t.Context(), []kubeconfig.Entry{entry("prod", "u-1"), entry("dev", "u-2")}, "prod")
	if err != nil || owned[0].Path != f.path("three") || owned[1].Path != f.path("two") {
		t.Fatalf("%+v, %v", owned, err)
	}
	if len(changes) != 2 || changes[1].Path != f.path("two") || !strings.Contains(f.text("two"), "current-context: prod # first") {
		t.Errorf("%d changes, the second file is\n%s", len(changes), f.text("two"))
	}
	_, gone, err := files.Remove(t.Context(), all)
	if err != nil || len(gone) != 2 {
		t.Fatalf("%+v, %v", gone, err)
	}
	if got := f.text("two"); got != first {
		t.Errorf("the second file is %q", got)
	}
	if _, err := os.Stat(f.path("one")); !os.IsNotExist(err) {
		t.Errorf("the first file: %v", err)
	}
}

// TestCurrentContextInAnotherFile is given back there, also when nothing else in
// the file with the context has to be put back.
func TestCurrentContextInAnotherFile(t *testing.T) {
	complete := "clusters:\n- name: b\n  cluster: {server: b}\n" + second + "users:\n- name: b\n  user: {token: t}\n"
	for name, c := range map[string]struct{ one, two string }{
		"set":             {first, second},
		"set last":        {strings.TrimSuffix(first, "\n"), second},
		"all lists there": {first, complete},
	} {
		t.Run(name, func(t *testing.T) {
			f := folder{t, t.TempDir()}
			ours, _ := merge(t, []byte(c.two), "", entry("prod", "u-1"))
			f.write("one", c.one)
			f.write("two", string(ours))
			files := f.files("one", "two")
			changes, _, err := files.Merge(t.Context(), []kubeconfig.Entry{entry("prod", "u-1")}, "prod")
			if err != nil || len(changes) != 2 || !strings.Contains(f.text("one"), "current-context: prod") {
				t.Fatalf("%d changes, %v\n%s", len(changes), err, f.text("one"))
			}
			if _, _, err := files.Remove(t.Context(), all); err != nil {
				t.Fatal(err)
			}
			if one, two := f.text("one"), f.text("two"); one != c.one || two != c.two {
				t.Errorf("after logout %q and %q", one, two)
			}
		})
	}
}

// TestNameInAnotherFile: kubectl would see only one of the two.
func TestNameInAnotherFile(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.write("one", first)
	f.write("two", second)
	_, _, err := f.files("one", "two").Merge(t.Context(), []kubeconfig.Entry{entry("b", "u-1")}, "")
	if err == nil || !strings.Contains(err.Error(), "is taken by an entry that this program did not make") || !strings.Contains(err.Error(), strconv.Quote(f.path("two"))) {
		t.Fatalf("got %v", err)
	}
	if f.text("one") != first {
		t.Error("the first file was written")
	}
}

// TestMembersThatAreNotNeeded neither block nor change: a folder, a broken file,
// a read-only one, one that is not there, one that is locked.
func TestMembersThatAreNotNeeded(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.write("broken", "users: [\n")
	f.write("read-only", second)
	f.write("locked", "users: []\n")
	f.write("locked.lock", "")
	f.write("good", first)
	if err := os.Mkdir(f.path("folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(f.path("read-only"), 0o400); err != nil {
		t.Fatal(err)
	}
	files := f.files("folder", "broken", "read-only", "good", "locked", "missing/config")
	_, owned, err := files.Merge(t.Context(), []kubeconfig.Entry{entry("prod", "u-1")}, "prod")
	if err != nil || owned[0].Path != f.path("good") {
		t.Fatalf("%+v, %v", owned, err)
	}
	if list, err := files.List(); err != nil || len(list) != 1 || !list[0].Current {
		t.Errorf("%+v, %v", list, err)
	}
	if f.text("read-only") != second || f.text("broken") != "users: [\n" {
		t.Error("another member changed")
	}
	if _, err := os.Stat(f.path("missing")); !os.IsNotExist(err) {
		t.Errorf("a folder was made for a member that is not there: %v", err)
	}
}

// TestDryRun tells every change and makes none.
func TestDryRun(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.write("config", first)
	files := f.files("config")
	files.DryRun = true
	changes, owned, err := files.Merge(t.Context(), []kubeconfig.Entry{entry("prod", "u-1")}, "prod")
	if err != nil || len(changes) != 1 || owned[0].Context != "prod" || changes[0].Backup != "" {
		t.Fatalf("%+v, %v", changes, err)
	}
	if left, err := os.ReadDir(f.dir); err != nil || len(left) != 1 || f.text("config") != first {
		t.Errorf("the folder holds %v, %v", left, err)
	}
	none := f.files("new/config")
	none.DryRun = true
	if changes, _, err := none.Merge(t.Context(), []kubeconfig.Entry{entry("prod", "u-1")}, ""); err != nil || changes[0].Old != nil {
		t.Errorf("%+v, %v", changes, err)
	}
	if _, err := os.Stat(f.path("new")); !os.IsNotExist(err) {
		t.Errorf("a folder was made: %v", err)
	}
}

// TestOneWrite: many logins change a file once, and none when all is so already.
func TestOneWrite(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.write("config", first)
	var many []kubeconfig.Entry
	for _, name := range strings.Fields("c d e f g h i j k l m n o p q r s t") {
		many = append(many, entry(name, "u-"+name))
	}
	changes, owned, err := f.files("config").Merge(t.Context(), many, "")
	if err != nil || len(changes) != 1 || len(owned) != len(many) {
		t.Fatalf("%d changes, %d logins, %v", len(changes), len(owned), err)
	}
	if got, err := os.ReadFile(changes[0].Backup); err != nil || string(got) != first {
		t.Errorf("the backup holds %q, %v", got, err)
	}
	if changes, _, err := f.files("config").Merge(t.Context(), many, ""); err != nil || len(changes) != 0 {
		t.Errorf("again: %d changes, %v", len(changes), err)
	}
}

// TestStrandedContext: a context that the user made from our entries is left
// alone by logout, aloud.
func TestStrandedContext(t *testing.T) {
	f := folder{t, t.TempDir()}
	ours, _ := merge(t, []byte(first), "", entry("prod", "u-1"))
	f.write("config", strings.Replace(string(ours), "- name: a\n", "- name: mine\n  context: {cluster: prod, user: a}\n- name: a\n", 1))
	var warned []string
	files := f.files("config")
	files.Warn = func(s string) { warned = append(warned, s) }
	if _, _, err := files.Remove(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(warned, "\n"), `context "mine"`) || !strings.Contains(f.text("config"), "name: mine") {
		t.Errorf("warned of %q, and left\n%s", warned, f.text("config"))
	}
}
