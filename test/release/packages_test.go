package release

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
)

// overlay runs the rest of a line of a shell in a copy of the Debian that is gone
// afterwards, with man pages, which the Debian of the tests leaves out.
const overlay = `set -e; mount -t tmpfs tmpfs /mnt; mkdir /mnt/up /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/up,workdir=/mnt/work /mnt/root
mount --bind /srv /mnt/root/srv; mount -t proc proc /mnt/root/proc
exec chroot /mnt/root /bin/sh -ec "$0"`

// debianInstalls takes both packages through their life, with dpkg.
func debianInstalls(t *testing.T, r *releases) {
	s := newSite(t, r, lab.Heat)
	debs, err := filepath.Glob(filepath.Join(r.first, "*_1.0.0_amd64.deb"))
	if err != nil || len(debs) != 2 {
		t.Fatalf("packages: %q, %v", debs, err)
	}
	for _, deb := range debs {
		if err := os.WriteFile(filepath.Join(s.dir, filepath.Base(deb)), []byte(readFile(t, deb)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := filepath.Join(s.dir, "life.sh")
	err = os.WriteFile(script, []byte(`
find / -xdev -path /srv -prune -o -type f -print | sort > /srv/before
dpkg --path-include='/usr/share/man/*' --path-include='/usr/share/doc/*' -i /srv/*.deb
kubectl-catalyst version > /srv/version
openstack-coe-helper check -o json > /srv/check
bash -c 'for f in kubectl-catalyst openstack-coe-helper; do . /usr/share/bash-completion/completions/$f; complete -p $f; done' > /srv/complete
kubectl_complete-catalyst cluster '' > /srv/hook
dpkg -L kubectl-catalyst openstack-coe-helper > /srv/files
for f in $(cat /srv/files); do [ -e $f ] || echo "missing $f"; done > /srv/missing
dpkg --purge kubectl-catalyst openstack-coe-helper
find / -xdev -path /srv -prune -o -type f -print | sort > /srv/after
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	s.run(t, nil, "sh -c '"+overlay+"' '. /srv/life.sh'")
	read := func(name string) string { return readFile(t, filepath.Join(s.dir, name)) }
	if !strings.HasPrefix(read("version"), first+" ") || !strings.Contains(read("check"), `"answer": "met"`) {
		t.Errorf("the programs say %q, %q", read("version"), read("check"))
	}
	if got := read("complete"); !strings.Contains(got, " kubectl-catalyst\n") || !strings.Contains(got, " openstack-coe-helper\n") {
		t.Errorf("bash completes %q", got)
	}
	if !strings.Contains(read("hook"), "resize\t") {
		t.Errorf("kubectl is offered %q", read("hook"))
	}
	for _, want := range []string{"/usr/share/man/man1/kubectl-catalyst-login.1.gz", "/usr/share/man/man1/openstack-coe-helper-check.1.gz",
		"/usr/share/zsh/vendor-completions/_kubectl-catalyst", "/usr/share/fish/vendor_completions.d/openstack-coe-helper.fish",
		"/usr/share/doc/kubectl-catalyst/copyright", "/usr/share/doc/openstack-coe-helper/THIRD-PARTY-NOTICES.txt"} {
		if !strings.Contains(read("files"), want+"\n") {
			t.Errorf("%s is not installed", want)
		}
	}
	if read("missing") != "" {
		t.Error(read("missing"))
	}
	log := regexp.MustCompile(`(?m)^(/var/(log|lib/dpkg|cache)/|/proc|/sys|/tmp|/mnt).*\n`) // what dpkg keeps for itself
	if diff := cmp.Diff(log.ReplaceAllString(read("before"), ""), log.ReplaceAllString(read("after"), "")); diff != "" {
		t.Errorf("purging leaves or takes:\n%s", diff)
	}
}

// formulasAreRight holds Homebrew's and Scoop's texts to the archives they lead to.
func formulasAreRight(t *testing.T, r *releases) {
	for _, p := range r.catalog.Plugins {
		var scoop struct {
			Version, Bin string
			Architecture map[string]struct{ URL, Hash string }
		}
		if err := json.Unmarshal([]byte(readFile(t, filepath.Join(r.first, p.Program+".json"))), &scoop); err != nil {
			t.Fatal(err)
		}
		if scoop.Version != "1.0.0" || scoop.Bin != p.Program+".exe" || len(scoop.Architecture) != 1 {
			t.Errorf("Scoop: %+v", scoop)
		}
		pairs := map[string]string{scoop.Architecture["64bit"].URL: scoop.Architecture["64bit"].Hash}
		brew := readFile(t, filepath.Join(r.first, p.Program+".rb"))
		for _, m := range regexp.MustCompile(`url "(.*)"\n +sha256 "(.*)"`).FindAllStringSubmatch(brew, -1) {
			pairs[m[1]] = m[2]
		}
		if len(pairs) != 2 || !strings.Contains(brew, "\n  version \"1.0.0\"\n") {
			t.Errorf("%s leads to %v\n%s", p.Program, pairs, brew)
		}
		for url, sum := range pairs {
			name, ok := strings.CutPrefix(url, r.catalog.Homepage+"/releases/download/"+first+"/")
			if data := readFile(t, filepath.Join(r.first, name)); !ok || fmt.Sprintf("%x", sha256.Sum256([]byte(data))) != sum {
				t.Errorf("%s: %s", url, sum)
			}
		}
	}
}
