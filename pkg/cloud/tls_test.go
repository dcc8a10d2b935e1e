package cloud_test

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	k := newKeystone(t, func(k *keystone) { k.tls = true })
	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := trySignIn(t, k.options(t, k.openrc()))
	if !strings.Contains(err.Error(), "not trusted") || !strings.Contains(clierr.Hint(err), "OS_CACERT") {
		t.Errorf("unknown CA: %v (%s)", err, clierr.Hint(err))
	}
	o := k.options(t, k.openrc("OS_CACERT", ca))
	pin := signIn(t, o).Pin()

	var warnings []string
	o2 := k.options(t, k.openrc("OS_INSECURE", "true"))
	o2.Warn = func(line string) { warnings = append(warnings, line) }
	signIn(t, o2)
	if len(warnings) != 1 || !strings.Contains(warnings[0], "not verified") {
		t.Errorf("insecure: warnings = %q, want one", warnings)
	}

	// A new terminal knows only the pin; the servers must still be verified.
	bare := cloud.Options{
		Pin: pin, Store: o.Store, Dir: o.Dir, Prompt: &prompts{answers: []string{alicePassword}},
		Now: func() time.Time { return time.Now().Add(2 * time.Hour) }, Warn: func(string) {},
	}
	signIn(t, bare)

	plain := k.openrc("OS_AUTH_URL", strings.Replace(k.URL, "https:", "http:", 1)+"/v3")
	if _, err := trySignIn(t, k.options(t, plain)); err == nil {
		t.Error("http to a TLS port: no error")
	}
	web := newKeystone(t)
	over := web.openrc("OS_AUTH_URL", strings.Replace(web.URL, "http:", "https:", 1)+"/v3")
	if _, err := trySignIn(t, web.options(t, over)); !strings.Contains(clierr.Hint(err), "http rather than https") {
		t.Errorf("https to a port without TLS: %v (%s)", err, clierr.Hint(err))
	}
}
