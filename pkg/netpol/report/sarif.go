package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// The parts of SARIF 2.1.0 that are written.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Details     sarifDetails      `json:"automationDetails"`
		Results     []sarifResult     `json:"results"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifDetails struct {
		ID string `json:"id"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Version        string      `json:"version"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string             `json:"id"`
		ShortDescription sarifText          `json:"shortDescription"`
		Help             sarifText          `json:"help"`
		HelpURI          string             `json:"helpUri"`
		Configuration    sarifConfiguration `json:"defaultConfiguration"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
		// Fingerprints tell a code host which results of two runs are the same.
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI  string `json:"uri"`
		Base string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
		Kind               string `json:"kind"`
	}
)

// sarifLevel is SARIF's word for a severity.
func sarifLevel(s lint.Severity) string {
	if s == lint.Info {
		return "note"
	}
	return string(s)
}

// The pages that explain the rules.
const (
	informationURI = "https://github.com/catalyst-cloud/kubectl-catalyst/blob/main/docs/network-policy.md"
	rulesURI       = informationURI + "#check"
)

// Bounds of GitHub's code scanning: it refuses a log of more results, and cuts
// longer messages.
const (
	maxResults = 25_000
	maxMessage = 1000
)

// SARIF returns the findings as a SARIF 2.1.0 log, which code hosts show beside
// the lines they are about.
func SARIF(c *Check, version string) any {
	driver := sarifDriver{Name: "kubectl-catalyst", Version: version,
		InformationURI: informationURI, Rules: []sarifRule{}}
	index := make(map[string]int)
	for i, r := range lint.Rules() {
		index[r.ID] = i
		driver.Rules = append(driver.Rules, sarifRule{r.ID, sarifText{r.Summary}, sarifText{r.Summary}, rulesURI, sarifConfiguration{sarifLevel(r.Severity)}})
	}
	invocation := sarifInvocation{Successful: true, Notifications: []sarifNotification{}}
	for _, reason := range c.Incomplete {
		invocation.Notifications = append(invocation.Notifications, sarifNotification{"warning", sarifText{"incomplete: " + clierr.Clean(reason)}})
	}
	run := sarifRun{Tool: sarifTool{driver}, Invocations: []sarifInvocation{invocation}, Details: sarifDetails{"network-policy/"}, Results: []sarifResult{}}
	for i, id := range fingerprints(c.Findings) {
		if i == maxResults {
			break
		}
		f := c.Findings[i]
		file, line := c.places.of(f)
		run.Results = append(run.Results, sarifResult{f.Rule, index[f.Rule], sarifLevel(f.Severity),
			sarifText{clip(Object(f)+": "+f.Message, maxMessage)},
			[]sarifLocation{{sarifPhysical{artifactOf(file), sarifRegion{line}}, []sarifLogical{{Object(f), "object"}}}},
			map[string]string{"primaryLocationLineHash": id}})
	}
	return sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
}

// The parts of JUnit's XML that are written.
type (
	junitSuites struct {
		XMLName  xml.Name   `xml:"testsuites"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Suite    junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Failure *junitFailure `xml:"failure,omitempty"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// artifactOf returns a file as a code host looks for it: by its path in the
// repository.
func artifactOf(file string) sarifArtifact {
	if strings.Contains(file, "://") {
		return sarifArtifact{URI: file}
	}
	path := relativePath(file)
	if filepath.IsAbs(file) && path == filepath.ToSlash(file) {
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: path}).String()}
	}
	return sarifArtifact{(&url.URL{Path: path}).String(), "%SRCROOT%"}
}

func clip(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// relativePath returns a path as code hosts want it: with slashes, and below the
// folder of the job where it lies there.
func relativePath(file string) string {
	file, _ = load.ManifestFile(file, 0)
	if filepath.IsAbs(file) {
		if dir, err := os.Getwd(); err == nil {
			if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
				file = rel
			}
		}
	}
	return filepath.ToSlash(filepath.Clean(file))
}

// JUnit writes a test case for each finding, one for each rule without any, and one
// that fails when policies or workloads were not evaluated, unless that is allowed.
// A finding fails its case when fails reports so; others are shown as output.
func JUnit(w io.Writer, c *Check, fails func(lint.Severity) bool, allowIncomplete bool) error {
	suite := junitSuite{Name: "network-policy check"}
	complete := junitCase{Name: "everything was evaluated", Class: "complete"}
	reasons := clierr.Clean(strings.Join(c.Incomplete, "; "))
	if len(c.Unevaluated) > 0 && !allowIncomplete {
		complete.Failure = &junitFailure{"incomplete", reasons, ""}
	} else if reasons != "" {
		complete.Output = "incomplete: " + reasons
	}
	suite.Cases = append(suite.Cases, complete)
	found := make(map[string]bool)
	for _, f := range c.Findings {
		found[f.Rule] = true
		one := junitCase{Name: clierr.Clean(Object(f)), Class: f.Rule, File: f.Origin.File}
		if fails(f.Severity) {
			one.Failure = &junitFailure{string(f.Severity), clierr.Clean(f.Message), f.Fix}
		} else {
			one.Output = string(f.Severity) + ": " + clierr.Clean(f.Message)
		}
		suite.Cases = append(suite.Cases, one)
	}
	for _, r := range lint.Rules() {
		if !found[r.ID] {
			suite.Cases = append(suite.Cases, junitCase{Name: r.Summary, Class: r.ID})
		}
	}
	return writeJUnit(w, suite)
}

func writeJUnit(w io.Writer, suite junitSuite) error {
	suite.Tests, suite.Failures = len(suite.Cases), 0
	for i := range suite.Cases {
		if suite.Cases[i].Failure != nil {
			suite.Failures++
		}
	}
	b := bufio.NewWriter(w)
	fmt.Fprint(b, xml.Header)
	enc := xml.NewEncoder(b)
	enc.Indent("", "  ")
	if err := enc.Encode(junitSuites{Tests: suite.Tests, Failures: suite.Failures, Suite: suite}); err != nil {
		return fmt.Errorf("encoding the result: %w", err)
	}
	fmt.Fprintln(b)
	return flush(b)
}
