package magnum_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

const (
	prodUUID = "07cd7e03-2ff6-44c2-b185-b4a1ed50a557"
	prodJSON = `{"uuid": "` + prodUUID + `", "name": "prod", "status": "CREATE_COMPLETE",
		"api_address": "https://127.0.0.1:16443", "labels": {"kube_tag": "v1.27.8"}}`
	listJSON = `{"clusters": [` + prodJSON + `,
		{"uuid": "aceeaab5-5643-4066-a3b6-4243e0ea04cd", "name": "twin", "status": "CREATE_COMPLETE", "created_at": "2026-11-20T14:19:17.198089+00:00"},
		{"uuid": "e84f96f8-edb3-470c-be16-0f44cbee6d4c", "name": "twin", "status": "UPDATE_FAILED", "created_at": "2026-11-20T14:19:18+00:00"}]}`
)

// wire is a Magnum as its client sees it: answers by "METHOD /path".
type wire struct {
	*httptest.Server
	mu   sync.Mutex
	seen []*http.Request
}

// serve answers each request with what reply returns.
func serve(t *testing.T, reply http.HandlerFunc) (*wire, *magnum.Client) {
	t.Helper()
	w := &wire{}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.seen = append(w.seen, r.Clone(context.Background()))
		w.mu.Unlock()
		rw.Header().Set("Content-Type", "application/json")
		reply(rw, r)
	}))
	t.Cleanup(w.Close)
	return w, magnum.New(endpoint(w.URL + "/v1/")).In(magnum.Place{Project: "demo", Region: "RegionOne"})
}

func endpoint(url string) *gophercloud.ServiceClient {
	provider := &gophercloud.ProviderClient{TokenID: "the-token"}
	provider.UseTokenLock()
	return &gophercloud.ServiceClient{ProviderClient: provider, Endpoint: url, Type: "container-infra"}
}

func (w *wire) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var lines []string
	for _, r := range w.seen {
		lines = append(lines, r.Method+" "+r.RequestURI)
	}
	return lines
}

// always answers everything alike.
func always(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// refusal is Magnum's body for an error.
func refusal(status int, detail string) string {
	return fmt.Sprintf(`{"errors": [{"request_id": "", "code": "client", "status": %d, "title": "t", "detail": %q, "links": []}]}`,
		status, detail)
}

// shown is what a person reads.
func shown(err error) string {
	var b strings.Builder
	clierr.Print(&b, err)
	return b.String()
}

// wants fails unless err reads as asked and nothing of it is secret.
func wants(t *testing.T, err error, parts ...string) {
	t.Helper()
	text := shown(err)
	if text == "" {
		t.Fatal("no error")
	}
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is missing in:\n%s", p, text)
		}
	}
	if strings.Contains(text, "the-token") {
		t.Errorf("the token is shown:\n%s", text)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
