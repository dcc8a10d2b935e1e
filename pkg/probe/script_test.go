package probe

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// The script runs in whatever shell the image has: here in this machine's, with
// an agnhost that says what the test tells it, and no pauses.
func TestScriptTriesUntilTwoAttemptsAgree(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("this machine has no /bin/sh; the script runs in the image's shell")
	}
	for _, c := range []struct {
		name, until string
		tries       int
		says        []string // what agnhost says, one an attempt; "" succeeds
		want        string
	}{
		{"open at once", however, 6, []string{"", "", "x"}, "open open"},
		{"blocked", however, 6, []string{"TIMEOUT", "TIMEOUT", "x"}, "TIMEOUT TIMEOUT"},
		{"a late start", however, 6, []string{"TIMEOUT", "", ""}, "TIMEOUT open open"},
		{"details that differ", however, 6, []string{"TIMEOUT: a", "TIMEOUT: b"}, "TIMEOUT:a TIMEOUT:b"},
		{"never", however, 4, []string{"", "TIMEOUT", "", "TIMEOUT", ""}, "open TIMEOUT open TIMEOUT"},
		{"waits for open", openOnly, 6, []string{"TIMEOUT", "TIMEOUT", "TIMEOUT", "", ""}, "TIMEOUT TIMEOUT TIMEOUT open open"},
		{"waits for silence", shutOnly, 6, []string{"", "", "TIMEOUT", "TIMEOUT"}, "open open TIMEOUT TIMEOUT"},
		{"a rejection is silence enough", shutOnly, 6, []string{"", "OTHER: no route", "OTHER: no route"}, "open OTHER:noroute OTHER:noroute"},
		{"waits in vain", shutOnly, 3, []string{"", "", "", ""}, "open open open"},
		{"only the last line counts", however, 2, []string{"warning\\nTIMEOUT", "TIMEOUT"}, "TIMEOUT TIMEOUT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := play(t, c.until, c.tries, c.says); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// play returns the attempts that the script leaves, without blanks in them.
func play(t *testing.T, until string, tries int, says []string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for i, s := range says {
		write("say."+strings.Repeat("i", i+1), s)
	}
	write("sleep", "#!/bin/sh\n")
	agnhost := write("agnhost", `#!/bin/sh
printf i >>"`+dir+`/count"
said=$(cat "`+dir+`/say.$(cat "`+dir+`/count")")
[ "$*" = "connect 10.0.0.1:53 --protocol udp --timeout 2s" ] || said="arguments: $*"
[ -z "$said" ] || { printf "$said\n" >&2; exit 1; }
`)
	message := filepath.Join(dir, "message")
	command := connect("10.0.0.1:53", ports.UDP, 2*time.Second, until, tries)
	command[2] = strings.ReplaceAll(strings.ReplaceAll(command[2], "/agnhost", "'"+agnhost+"'"), messagePath, "'"+message+"'")
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = []string{"PATH=" + dir + ":/usr/bin:/bin"}
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(message)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for line := range strings.Lines(string(data)) {
		words = append(words, strings.ReplaceAll(strings.TrimSpace(line), " ", ""))
	}
	return strings.Join(words, " ")
}
