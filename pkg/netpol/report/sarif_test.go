package report_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
)

// check reads a text as standard input or, with a name, as a file and looks for
// findings.
func check(t *testing.T, name, text string) *report.Check {
	t.Helper()
	c := load.NewCollector("", 1)
	if err := c.Stream(strings.NewReader(text), name, 0); err != nil {
		t.Fatal(err)
	}
	in := c.Close()
	engine, err := netpol.New(&in.Objects, netpol.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return report.NewCheck(lint.Subject{Input: in, Engine: engine}, nil, lint.Options{})
}

// sarifLog is what the schema of SARIF 2.1.0 and GitHub's code scanning demand of
// a log, as far as any is written here.
type sarifLog struct {
	Schema  string `json:"$schema"`
	Version string
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name  string
				Rules []struct {
					ID                     string
					HelpURI                string
					ShortDescription, Help struct{ Text string }
					DefaultConfiguration   struct{ Level string }
				}
			}
		}
		Results []struct {
			RuleID    string
			RuleIndex int
			Level     string
			Message   struct{ Text string }
			Locations []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI, URIBaseID string }
					Region           struct{ StartLine int }
				}
			}
			PartialFingerprints map[string]string
		}
	}
}

func readSARIF(t *testing.T, c *report.Check) sarifLog {
	t.Helper()
	data, err := json.Marshal(report.SARIF(c, "1.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatal(err)
	}
	return log
}

// acceptSARIF holds a log to what code scanning accepts. It refuses a file as a
// whole for one result without a place.
func acceptSARIF(t *testing.T, log sarifLog) {
	t.Helper()
	if log.Version != "2.1.0" || log.Schema == "" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" {
		t.Fatalf("version %q, schema %q, %d runs", log.Version, log.Schema, len(log.Runs))
	}
	run := log.Runs[0]
	levels := []string{"none", "note", "warning", "error"}
	for _, r := range run.Tool.Driver.Rules {
		help, err := url.Parse(r.HelpURI)
		if r.ID == "" || r.ShortDescription.Text == "" || r.Help.Text == "" || err != nil || !help.IsAbs() || !slices.Contains(levels, r.DefaultConfiguration.Level) {
			t.Errorf("rule %+v", r)
		}
	}
	seen := map[string]bool{}
	for _, r := range run.Results {
		if r.RuleIndex < 0 || r.RuleIndex >= len(run.Tool.Driver.Rules) || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("%s is not the rule at %d", r.RuleID, r.RuleIndex)
		}
		id := r.PartialFingerprints["primaryLocationLineHash"]
		if r.Message.Text == "" || len([]rune(r.Message.Text)) > 1000 || !slices.Contains(levels, r.Level) || id == "" || seen[id] {
			t.Errorf("result %+v", r)
		}
		seen[id] = true
		if len(r.Locations) != 1 {
			t.Fatalf("%s has %d locations", r.RuleID, len(r.Locations))
		}
		at := r.Locations[0].PhysicalLocation
		u, err := url.Parse(at.ArtifactLocation.URI)
		if err != nil || at.ArtifactLocation.URI == "" || at.Region.StartLine < 1 || u.IsAbs() == (at.ArtifactLocation.URIBaseID != "") {
			t.Errorf("%s is at %+v", r.RuleID, at)
		}
	}
}

const openShop = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: typo, namespace: shop}
spec: {podSelector: {matchLabels: {app: wbe}}, ingress: [{}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: bank}
spec: {podSelector: {}}
`

func TestSARIFIsAccepted(t *testing.T) {
	t.Parallel()
	inside, err := filepath.Abs(filepath.Join("k8s", "a b.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ file, uri string }{
		"relative":       {"./k8s/shop.yaml", "k8s/shop.yaml"},
		"absolute":       {inside, "k8s/a%20b.yaml"},
		"standard input": {"-", "stdin"},
		"kustomization":  {"k8s/kustomization.yaml (rendered)", "k8s/kustomization.yaml"},
		"address":        {"https://example.org/shop.yaml", "https://example.org/shop.yaml"},
		"a cluster":      {"", "cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := readSARIF(t, check(t, test.file, openShop))
			acceptSARIF(t, log)
			if len(log.Runs[0].Results) == 0 {
				t.Fatal("there are no findings to test it with")
			}
			for _, r := range log.Runs[0].Results {
				if got := r.Locations[0].PhysicalLocation.ArtifactLocation.URI; got != test.uri {
					t.Errorf("%s is in %q, want %q", r.RuleID, got, test.uri)
				}
			}
		})
	}
}

// TestFingerprintsStay: lines and counts change with every commit.
func TestFingerprintsStay(t *testing.T) {
	t.Parallel()
	ids := func(text string) (out []string) {
		for _, r := range readSARIF(t, check(t, "shop.yaml", text)).Runs[0].Results {
			out = append(out, r.RuleID+" "+r.PartialFingerprints["primaryLocationLineHash"])
		}
		slices.Sort(out)
		return out
	}
	before, after := ids(openShop), ids("# a comment\n\n"+openShop)
	if fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("before %v, after %v", before, after)
	}
}

func TestSARIFIsBounded(t *testing.T) {
	t.Parallel()
	c := &report.Check{}
	for i := range 25_010 {
		c.Findings = append(c.Findings, lint.Finding{Rule: "dead-rules", Severity: lint.Error, Kind: "NetworkPolicy", Name: fmt.Sprint("p", i), Message: strings.Repeat("x", 1100)})
	}
	log := readSARIF(t, c)
	acceptSARIF(t, log)
	if n := len(log.Runs[0].Results); n != 25_000 {
		t.Errorf("%d results, more than GitHub accepts", n)
	}
}
