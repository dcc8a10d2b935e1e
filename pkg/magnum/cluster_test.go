package magnum_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// Every field that a real Magnum 15 sends is read, and written under its name.
func TestClusterFields(t *testing.T) {
	t.Parallel()
	_, c := serve(t, always(200, readFile(t, "testdata/cluster.json")))
	cl, err := c.Cluster(t.Context(), "prod")
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(cl)
	if err != nil {
		t.Fatal(err)
	}
	var sent, got map[string]any
	if err := errors.Join(json.Unmarshal([]byte(readFile(t, "testdata/cluster.json")), &sent), json.Unmarshal(data, &got)); err != nil {
		t.Fatal(err)
	}
	delete(sent, "links")        // not shown by `openstack coe cluster show`
	delete(sent, "merge_labels") // likewise
	for name, value := range sent {
		if value == nil && got[name] == "" {
			delete(got, name)
			delete(sent, name)
		}
	}
	if diff := cmp.Diff(sent, got); diff != "" {
		t.Errorf("sent -, read +:\n%s", diff)
	}
}

func TestLabelsThatAreNotText(t *testing.T) {
	t.Parallel()
	_, c := serve(t, always(200, `{"uuid": "`+prodUUID+`", "labels": {"n": 3, "b": true, "s": "x", "z": null}, "health_status_reason": null}`))
	cl, err := c.Cluster(t.Context(), "prod")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(magnum.Labels{"n": "3", "b": "true", "s": "x", "z": ""}, cl.Labels); diff != "" {
		t.Error(diff)
	}
}

func TestAPIServer(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://127.0.0.1:16443":      "",
		"https://[2404:130::1]:6443":   "",
		"https://api.example.nz:6443/": "",
		"http://127.0.0.1:16443":       "without TLS",
		"https://":                     "not an https URL",
		"https://:6443":                "not an https URL",
		"https://user:pw@h:6443":       "not an https URL",
		"https://h:6443?x=y":           "not an https URL",
		"https://h:port":               "not an https URL",
		"127.0.0.1:6443":               "not an https URL",
		"None":                         "not an https URL",
		"file:///etc/passwd":           "not an https URL",
		"https://a\nb":                 "not an https URL",

		"https://API.example.nz":                      "",
		"https://[fe80::1%25eth0]:6443":               "",
		"https://h:65535":                             "",
		"https://h:0":                                 "port is not a number from 1 to 65535",
		"https://h:65536":                             "port is not a number from 1 to 65535",
		"https://h:999999":                            "port is not a number from 1 to 65535",
		"https://h:":                                  "port is not a number from 1 to 65535",
		"https://h/a path":                            "character that is not allowed",
		"https://h/path":                              "it has a path",
		"https://h?":                                  "query or a fragment",
		"https://h#":                                  "query or a fragment",
		`https://h"x:6443`:                            "character that is not allowed",
		"https://h'x":                                 "character that is not allowed",
		"https://a\u202ezn.elpmaxe:6443":              "character that is not allowed",
		"https://\u0430pi.example.nz":                 "character that is not allowed",
		"https://" + strings.Repeat("a", 100e3):       "too long",
		"https://" + strings.Repeat("a.", 127) + "nz": "neither a DNS name nor an IP address",
		"https://-oProxyCommand=id":                   "neither a DNS name nor an IP address",
		"https://10.0.0.999":                          "neither a DNS name nor an IP address",
		"https://a..b":                                "neither a DNS name nor an IP address",
		"https://%41%0a":                              "not an https URL",
	} {
		cl := magnum.Cluster{Name: "prod", Status: "CREATE_COMPLETE", APIAddress: address}
		u, err := cl.APIServer()
		switch {
		case want == "" && (err != nil || u.String() != address):
			t.Errorf("%q: %v, %v", address, u, err)
		case want != "":
			wants(t, err, want)
		}
	}
	creating := magnum.Cluster{Name: "new", Status: "CREATE_IN_PROGRESS"}
	_, err := creating.APIServer()
	wants(t, err, `cluster "new" is not usable: its status is CREATE_IN_PROGRESS`, "--wait")
	updating := magnum.Cluster{Name: "odd", Status: "UPDATE_COMPLETE"}
	_, err = updating.APIServer()
	wants(t, err, "no API address yet", "--server")
}

func TestStates(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{ // flags, then what Usable says
		"CREATE_IN_PROGRESS": "creating busy | CREATE_IN_PROGRESS",
		"CREATE_COMPLETE":    "| ",
		"CREATE_FAILED":      "failed | the reason",
		"UPDATE_IN_PROGRESS": "busy | ",
		"UPDATE_FAILED":      "failed | ",
		"DELETE_IN_PROGRESS": "busy deleting | kubectl catalyst logout",
		"DELETE_FAILED":      "failed | ",
		"DELETE_COMPLETE":    "deleting | kubectl catalyst logout",
	} {
		cl := magnum.Cluster{Name: "prod", Status: status, StatusReason: "the reason"}
		var flags []string
		for _, f := range []struct {
			name string
			set  bool
		}{{"creating", cl.Creating()}, {"failed", cl.Failed()}, {"busy", cl.Busy()}, {"deleting", cl.Deleting()}} {
			if f.set {
				flags = append(flags, f.name)
			}
		}
		wantFlags, message, _ := strings.Cut(want, "| ")
		if got := strings.Fields(wantFlags); !slices.Equal(got, flags) {
			t.Errorf("%s: %q, want %q", status, flags, got)
		}
		if err := cl.Usable(); (err != nil) != (message != "") {
			t.Errorf("%s: Usable says %v", status, err)
		} else if err != nil {
			wants(t, err, message)
		}
	}
}

func TestKeystoneAuth(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]bool{"": true, "true": true, "True": true, "false": false, "False": false} {
		cl := magnum.Cluster{Labels: magnum.Labels{}}
		if label != "" {
			cl.Labels["keystone_auth_enabled"] = label
		}
		if got := cl.KeystoneAuth(); got != want {
			t.Errorf("label %q: %v", label, got)
		}
	}
}

func TestTemplatesAndNodeGroups(t *testing.T) {
	t.Parallel()
	_, c := serve(t, always(200, readFile(t, "testdata/template.json")))
	tmpl, err := c.Template(t.Context(), "lab-tmpl")
	if err != nil || tmpl.Name != "lab-tmpl" || tmpl.TLSDisabled || tmpl.NetworkDriver != "calico" || tmpl.Labels["kube_tag"] == "" {
		t.Errorf("%+v, %v", tmpl, err)
	}
	_, c = serve(t, always(200, `{"clustertemplates": [{"uuid": "`+prodUUID+`", "tags": "stable,deprecated"}]}`))
	if all, err := c.Templates(t.Context()); err != nil || all[0].Tags != "stable,deprecated" {
		t.Errorf("%+v, %v", all, err)
	}
	_, c = serve(t, always(200, `{"clustertemplates": [`+readFile(t, "testdata/template.json")+`]}`))
	if all, err := c.Templates(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	_, c = serve(t, always(404, refusal(404, "ClusterTemplate nope could not be found.")))
	_, err = c.Template(t.Context(), "nope")
	wants(t, err, `template "nope" not found in project "demo"`)
	_ = is[*magnum.NotFound](t, err)

	_, c = serve(t, always(200, readFile(t, "testdata/nodegroups.json")))
	groups, err := c.NodeGroups(t.Context(), "prod")
	if err != nil || len(groups) != 2 || groups[0].Role != "master" || groups[1].NodeCount != 2 || groups[1].MaxNodeCount != nil {
		t.Errorf("%+v, %v", groups, err)
	}
}
