package magnum_test

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

func TestRequestsCarryTokenAndMicroversion(t *testing.T) {
	t.Parallel()
	w, c := serve(t, always(200, prodJSON))
	if _, err := c.Cluster(t.Context(), "prod"); err != nil {
		t.Fatal(err)
	}
	h := w.seen[0].Header
	got := []string{h.Get("X-Auth-Token"), h.Get("OpenStack-API-Version")}
	if diff := cmp.Diff([]string{"the-token", "container-infra 1.10"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOlderCloudIsAskedInItsOwnVersion(t *testing.T) {
	t.Parallel()
	var refusedAlready atomic.Int32
	_, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("OpenStack-API-Version") != "container-infra 1.4" {
			refusedAlready.Add(1)
			w.WriteHeader(406)
			_, _ = io.WriteString(w, `{"errors": [{"code": "magnum.microversion-unsupported", "title": "Requested microversion is unsupported",
				"description": "Version 1.10 was requested but ...", "max_version": "1.4", "min_version": "1.1"}]}`)
			return
		}
		_, _ = io.WriteString(w, prodJSON)
	})
	for range 3 {
		if _, err := c.Cluster(t.Context(), "prod"); err != nil {
			t.Fatal(err)
		}
	}
	if n := refusedAlready.Load(); n != 1 {
		t.Errorf("the cloud refused %d requests; its answer should have been remembered", n)
	}
}

func TestOlderCloudWithParallelRequests(t *testing.T) {
	t.Parallel()
	_, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("OpenStack-API-Version") != "container-infra 1.9" {
			w.WriteHeader(406)
			_, _ = io.WriteString(w, `{"errors": [{"max_version": "1.9", "description": "d"}]}`)
			return
		}
		_, _ = io.WriteString(w, prodJSON)
	})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := c.Cluster(t.Context(), "prod"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestARequestThatTheCloudIsTooOldFor(t *testing.T) {
	t.Parallel()
	_, c := serve(t, always(406, refusal(406, "Version 1.1 was requested but the requested API get_one is not supported for this version.")))
	_, err := c.NodeGroups(t.Context(), "prod")
	wants(t, err, "too old", "get_one", "newer Magnum")
	_ = is[*magnum.TooOld](t, err)
}

// A lost GET is repeated once; anything that may have changed something never.
func TestRepeating(t *testing.T) {
	t.Parallel()
	lost := map[string]func(http.ResponseWriter){
		"502": func(w http.ResponseWriter) { w.WriteHeader(502); _, _ = io.WriteString(w, "<html>bad gateway</html>") },
		"503": func(w http.ResponseWriter) { w.WriteHeader(503) },
		"504": func(w http.ResponseWriter) { w.WriteHeader(504) },
		"reset": func(w http.ResponseWriter) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		},
		"cut off": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"uuid"`)
		},
	}
	for name, lose := range lost {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			w, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if n.Add(1) == 1 {
					lose(w)
					return
				}
				_, _ = io.WriteString(w, prodJSON)
			})
			if _, err := c.Cluster(t.Context(), "prod"); err != nil {
				t.Errorf("GET: %v", err)
			}
			if got := w.requests(); len(got) != 2 {
				t.Errorf("GET: %q", got)
			}

			w, c = serve(t, func(w http.ResponseWriter, _ *http.Request) { lose(w) })
			if _, err := c.Sign(t.Context(), "prod", []byte("csr")); err == nil {
				t.Error("POST: no error")
			}
			if got := w.requests(); !slices.Equal(got, []string{"POST /v1/certificates"}) {
				t.Errorf("POST: %q", got)
			}
		})
	}
}

func TestAGetIsNotRepeatedForever(t *testing.T) {
	t.Parallel()
	w, c := serve(t, always(503, ""))
	_, err := c.Cluster(t.Context(), "prod")
	wants(t, err, w.URL+"/v1", "503 Service Unavailable", "hint: try again")
	if got := w.requests(); len(got) != 2 {
		t.Errorf("requests: %q", got)
	}
}

// While a cluster is being deleted, Magnum refuses for a moment to list any.
func TestListBesideADeletion(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	_, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) <= 3 {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, refusal(400, "Invalid input for field/attribute master_count. Value: '0'. Value should be greater or equal to 1"))
			return
		}
		_, _ = io.WriteString(w, `{"clusters": [`+prodJSON+`]}`)
	})
	if all, err := c.Clusters(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestNextPageStaysAtTheEndpoint(t *testing.T) {
	t.Parallel()
	w, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("marker") {
		case "":
			_, _ = io.WriteString(w, `{"clusters": [`+prodJSON+`], "next": "http://127.0.0.1:9/evil?limit=1&marker=`+prodUUID+`"}`)
		case prodUUID:
			_, _ = io.WriteString(w, `{"clusters": [{"uuid": "aceeaab5-5643-4066-a3b6-4243e0ea04cd", "name": "blue"}]}`)
		}
	})
	all, err := c.Clusters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[1].Name != "blue" {
		t.Errorf("clusters: %v", all)
	}
	want := []string{"GET /v1/clusters/detail", "GET /v1/clusters/detail?marker=" + prodUUID}
	if diff := cmp.Diff(want, w.requests()); diff != "" {
		t.Error(diff)
	}
}

func TestPagesThatNeverEnd(t *testing.T) {
	t.Parallel()
	_, c := serve(t, always(200, `{"clusters": [], "next": "http://x/v1/clusters/detail?marker=again"}`))
	_, err := c.Clusters(t.Context())
	wants(t, err, "leads nowhere")
	_ = is[*magnum.Malformed](t, err)
}

func TestAListingWithoutAListIsNoEmptyOne(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`null`, `{}`, `{"clusters": null, "clustertemplates": null, "nodegroups": null}`} {
		_, c := serve(t, always(200, body))
		_, clusters := c.Clusters(t.Context())
		_, templates := c.Templates(t.Context())
		_, groups := c.NodeGroups(t.Context(), "prod")
		for _, err := range []error{clusters, templates, groups} {
			if err == nil || !strings.Contains(err.Error(), "it has no list of") {
				t.Errorf("%s: got %v", body, err)
			}
		}
	}
}
