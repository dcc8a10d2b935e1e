package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report/page"
)

// bad holds everything that must not be taken for markup.
const bad = "</script><script>x()</script>'\"&<!-- \u2028\u2029\u202e\x00"

// document has bad in every place where text can come from.
func document(t *testing.T) *page.Document {
	t.Helper()
	o := &kube.Objects{}
	for _, name := range []string{"a", "b", bad} {
		o.Pods = append(o.Pods, kube.Pod{Meta: kube.Meta{Namespace: "ns" + bad, Name: name, Labels: map[string]string{"app": name}}})
	}
	port := kube.NetworkPolicyPort{Port: &kube.IntOrString{Int: 443}}
	o.NetworkPolicies = []kube.NetworkPolicy{{Meta: kube.Meta{Namespace: "ns" + bad, Name: bad}, Origin: kube.Origin{File: bad, Line: 7},
		Spec: kube.NetworkPolicySpec{PodSelector: kube.LabelSelector{MatchLabels: map[string]string{"app": "a"}},
			Ingress: []kube.NetworkPolicyIngressRule{{From: []kube.NetworkPolicyPeer{{PodSelector: &kube.LabelSelector{MatchLabels: map[string]string{"app": "b"}}}},
				Ports: []kube.NetworkPolicyPort{port}}}}}}
	engine, err := netpol.New(o, netpol.Options{})
	if err != nil {
		t.Fatal(err)
	}
	check := &report.Check{Enforcement: enforce.Verdict{Verdict: enforce.Enforced, Evidence: []string{bad}, Unreadable: []string{bad}},
		Header: report.NewHeader([]string{bad}),
		Findings: []lint.Finding{{Rule: "allow-all", Severity: lint.Warning, Kind: bad, Namespace: bad, Name: bad, Message: bad,
			Fix: "a:\n  b: " + bad + "\n", Origin: kube.Origin{File: bad, Line: 1}}}}
	return &page.Document{Source: []string{bad, bad}, Check: check, Engine: engine, External: true}
}

func write(t *testing.T, d *page.Document) string {
	t.Helper()
	var out bytes.Buffer
	if err := page.Write(&out, d); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestTagsAreOurs: the elements are those that the page is made of, each closed,
// whatever the names are.
func TestTagsAreOurs(t *testing.T) {
	t.Parallel()
	hostile := elements(t, write(t, document(t)))
	for tag, n := range hostile {
		if tag == "script" && n != 2 || tag == "style" && n != 1 || strings.Contains("img iframe object embed form base link", tag) && len(tag) > 3 {
			t.Errorf("there are %d <%s>", n, tag)
		}
	}
}

var (
	scripts = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
	styles  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	payload = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)
)

// elements counts the elements of a page, which must be closed in the order in
// which they were opened. Scripts and styles are looked at apart.
func elements(t *testing.T, text string) map[string]int {
	t.Helper()
	count := make(map[string]int)
	for _, re := range []*regexp.Regexp{payload, scripts, styles} {
		for _, m := range re.FindAllString(text, -1) {
			count[m[1:strings.IndexAny(m, " >")]]++
		}
		text = re.ReplaceAllString(text, "")
	}
	d := xml.NewDecoder(strings.NewReader(strings.Replace(text, "<!DOCTYPE html>", "", 1)))
	d.Strict = false
	d.AutoClose = []string{"meta", "input"}
	d.Entity = xml.HTMLEntity
	var open []string
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			count[e.Name.Local]++
			if e.Name.Local != "meta" && e.Name.Local != "input" {
				open = append(open, e.Name.Local)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") {
					t.Errorf("<%s> has the attribute %s", e.Name.Local, a.Name.Local)
				}
			}
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != e.Name.Local {
				t.Fatalf("</%s> closes %v", e.Name.Local, open)
			}
			open = open[:len(open)-1]
		case xml.Comment:
			t.Error("there is a comment")
		}
	}
	if len(open) > 0 {
		t.Errorf("not closed: %v", open)
	}
	return count
}

// TestPolicyNamesTheHashes: the browser runs the script and the style as they are
// written, and nothing else.
func TestPolicyNamesTheHashes(t *testing.T) {
	t.Parallel()
	text := write(t, document(t))
	head, _, _ := strings.Cut(text, "<title>")
	for name, re := range map[string]*regexp.Regexp{"script-src": scripts, "style-src": styles} {
		found := re.FindAllStringSubmatch(text, -1)
		if len(found) != 1 {
			t.Fatalf("%s: %d elements", name, len(found))
		}
		sum := sha256.Sum256([]byte(found[0][1]))
		want := fmt.Sprintf("%s &#39;sha256-%s&#39;;", name, base64.StdEncoding.EncodeToString(sum[:]))
		if !strings.Contains(head, want) {
			t.Errorf("the policy does not say %s:\n%s", want, head)
		}
	}
	for _, want := range []string{"default-src &#39;none&#39;", "require-trusted-types-for &#39;script&#39;"} {
		if !strings.Contains(head, want) {
			t.Errorf("the policy does not say %s", want)
		}
	}
	if strings.Contains(head, "unsafe") {
		t.Error("the policy allows something unsafe")
	}
}

// TestData: the script is given the answers of the engine.
func TestData(t *testing.T) {
	t.Parallel()
	raw := payload.FindStringSubmatch(write(t, document(t)))[1]
	if strings.ContainsAny(raw, "<>&\u2028\u2029\u202e\x00") {
		t.Errorf("the data hold what should be escaped: %s", raw)
	}
	var got struct {
		Spaces   []string
		Peers    [][]any
		Ports    []string
		Flows    struct{ Rows []string }
		Policies [][]any
		Rules    [][]any
	}
	if err := json.Unmarshal([]byte(raw), &got); err != nil {
		t.Fatal(err)
	}
	name := `</script><script>x()</script>'"&<!-- \u2028\u2029\u202e\u0000`
	want := got
	want.Spaces = []string{"ns" + name}
	want.Peers = [][]any{{0.0, name, 1.0, false}, {0.0, "a", 1.0, false}, {0.0, "b", 1.0, false}}
	want.Ports = append([]string{"none", "all ports", "TCP 443"}, got.Ports[3:]...)
	want.Flows.Rows = []string{"0*2 1", "1 0 1", "1 2 0"}
	want.Policies = [][]any{{"NetworkPolicy", "ns" + name, name, "NetworkPolicy", name + ":7"}}
	want.Rules = [][]any{{0.0, 1.0, "", "Allow", name + ":7"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSameDocumentSameBytes: there is nothing in it that changes by itself.
func TestSameDocumentSameBytes(t *testing.T) {
	t.Parallel()
	first := write(t, document(t))
	for range 5 {
		if diff := cmp.Diff(first, write(t, document(t))); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestOrder: a check begins with its findings, a map with the map; without an
// engine the page says why it has none.
func TestOrder(t *testing.T) {
	t.Parallel()
	d := document(t)
	at := func(text, what string) int {
		i := strings.Index(text, what)
		if i < 0 {
			t.Fatalf("%s is not there", what)
		}
		return i
	}
	check := write(t, d)
	d.First = page.Map
	reach := write(t, d)
	if at(check, `id="findings"`) > at(check, `id="map"`) || at(reach, `id="findings"`) < at(reach, `id="map"`) {
		t.Error("the order is not that of the command")
	}
	d.Engine = nil
	refused := write(t, d)
	at(refused, "Not known: objects were refused")
	if strings.Contains(refused, "<script") {
		t.Error("there is a script without a map")
	}
	elements(t, refused)
}

// TestMapOfWhatIsNotEnforced: a map of policies that nothing enforces has a warning.
func TestMapOfWhatIsNotEnforced(t *testing.T) {
	t.Parallel()
	d := document(t)
	for verdict, want := range map[string]bool{enforce.Enforced: false, enforce.NotEnforced: true} {
		d.Check.Enforcement.Verdict = verdict
		if got := strings.Contains(write(t, d), "in truth everybody reaches everybody"); got != want {
			t.Errorf("%s: %v", verdict, got)
		}
	}
}
