package cloud_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
)

func TestNothingSecretIsShown(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	var mu sync.Mutex
	var out strings.Builder
	record := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		out.WriteString(s + "\n")
	}
	show := func(v any) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			record(fmt.Sprintf(verb, v))
		}
	}
	envs := []map[string]string{
		k.openrc(), k.openrc("OS_PASSWORD", "wrong-hush"),
		k.openrc("OS_PASSWORD", "", "OS_TOKEN", k.issue(grant{user: "alice", project: "demo"})),
		k.openrc("OS_PASSWORD", "", "OS_TOKEN", "gAAAAA-hush-unknown"),
		k.openrc("OS_APPLICATION_CREDENTIAL_ID", "cred-id", "OS_APPLICATION_CREDENTIAL_SECRET", credSecret),
		k.openrc("OS_AUTH_URL", "http://alice:hush@127.0.0.1:1/v3?token=hush"),
		k.openrc("OS_AUTH_URL", "http://192.0.2.1/v3"),
	}
	for _, env := range envs {
		o := k.options(t, env)
		o.Debug = func(_ int, msg string) { record(msg) }
		o.Warn = record
		o.Proxy = func(r *http.Request) (*url.URL, error) {
			if r.URL.Host != "192.0.2.1" {
				return nil, nil
			}
			return nil, errors.New(`parse "http://alice:hush@[broken": missing ']' in host`)
		}
		c, err := cloud.Resolve(o)
		if err != nil {
			t.Fatal(err)
		}
		show(c)
		show(*c)
		s, err := c.Session(t.Context())
		if err != nil {
			record(err.Error() + clierr.Hint(err))
			show(err)
			continue
		}
		show(s)
		show(s.Token())
		if sc, err := s.Service("container-infra"); err == nil {
			_, err := sc.Get(t.Context(), sc.ServiceURL("ping?secret=hush"), nil, nil)
			record(fmt.Sprint(err))
		}
	}
	if !strings.Contains(out.String(), "POST "+k.URL+"/v3/auth/tokens: 201") {
		t.Error("requests are not logged")
	}
	for line := range strings.SplitSeq(out.String(), "\n") {
		if strings.Contains(line, "hush") || strings.Contains(line, fmt.Sprintf("%x", "hush")) {
			t.Errorf("a secret in %.200q", line)
		}
	}
}
