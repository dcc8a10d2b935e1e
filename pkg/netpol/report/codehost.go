package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
)

// maxAnnotations is how many annotations of a level GitHub shows for a step.
const maxAnnotations = 10

// CheckGitHub writes the findings as workflow commands, which GitHub shows beside
// the lines. Of each severity it shows ten; the last line counts all.
func CheckGitHub(w io.Writer, c *Check) error {
	b := bufio.NewWriter(w)
	shown := make(map[lint.Severity]int)
	for _, f := range c.Findings {
		if shown[f.Severity]++; shown[f.Severity] > maxAnnotations {
			continue
		}
		file, line := c.places.of(f)
		gitHubCommand(b, gitHubLevel(f.Severity), file, line, f.Rule+": "+Object(f), f.Message)
	}
	writeIncomplete(b, c.Header)
	fmt.Fprintln(b, summaryText(c.Summary))
	return flush(b)
}

func gitHubLevel(s lint.Severity) string {
	if s == lint.Info {
		return "notice"
	}
	return string(s)
}

func writeIncomplete(w io.Writer, h Header) {
	for i, reason := range h.Incomplete {
		if i == maxAnnotations {
			break
		}
		gitHubCommand(w, "warning", "", 0, "network policies: incomplete", reason)
	}
}

// gitHubCommand writes a workflow command. What it holds cannot begin another.
func gitHubCommand(w io.Writer, level, file string, line int, title, message string) {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	var properties []string
	if file != "" && file != "-" {
		properties = append(properties, "file="+property.Replace(relativePath(file)))
		if line > 0 {
			properties = append(properties, fmt.Sprintf("line=%d", line))
		}
	}
	properties = append(properties, "title="+property.Replace(clierr.Clean(title)))
	fmt.Fprintf(w, "::%s %s::%s\n", level, strings.Join(properties, ","), data.Replace(clierr.Clean(message)))
}

// qualityIssue is an entry of GitLab's Code Quality report.
type qualityIssue struct {
	Description string          `json:"description"`
	CheckName   string          `json:"check_name"`
	Fingerprint string          `json:"fingerprint"`
	Severity    string          `json:"severity"`
	Location    qualityLocation `json:"location"`
}

type qualityLocation struct {
	Path  string       `json:"path"`
	Lines qualityLines `json:"lines"`
}

type qualityLines struct {
	Begin int `json:"begin"`
}

// gitLabSeverity is GitLab's word for a severity.
var gitLabSeverity = map[lint.Severity]string{lint.Error: "critical", lint.Warning: "major", lint.Info: "info"}

// CheckGitLab writes the findings as a Code Quality report, which GitLab shows in
// the merge request.
func CheckGitLab(w io.Writer, c *Check) error {
	issues := []qualityIssue{}
	for i, id := range fingerprints(c.Findings) {
		f := c.Findings[i]
		file, line := c.places.of(f)
		issues = append(issues, qualityIssue{clierr.Clean(Object(f) + ": " + f.Message), f.Rule, id, gitLabSeverity[f.Severity],
			qualityLocation{relativePath(file), qualityLines{line}}})
	}
	return writeQuality(w, issues)
}

func writeQuality(w io.Writer, issues []qualityIssue) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(issues); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// changeText writes a change as a line of text.
func changeText(c netpol.Change, word, phrase string) string {
	return clierr.Clean(fmt.Sprintf("%s %s: %s -> %s", phrase, word, c.Source, c.Destination))
}

// countChanges counts what opens and what closes.
func countChanges(opened, closed int) string {
	if opened+closed == 0 {
		return "no difference"
	}
	return fmt.Sprintf("%s open, %s close", count(opened, "flow", "flows"), count(closed, "flow", "flows"))
}

// maxMarkdownRows bounds a table in a merge request, whose text is bounded.
const maxMarkdownRows = 400

// DiffMarkdown writes what opens and what closes for a merge request: a table for
// each, the one of what opens first.
func DiffMarkdown(w io.Writer, changes iter.Seq[netpol.Change], h Header) error {
	var rows [2][]string
	for c := range changes {
		for i, p := range parts(c) {
			if !p.ports.Empty() {
				rows[i] = append(rows[i], fmt.Sprintf("| %s | %s | %s |", markdown(c.Source.String()), markdown(c.Destination.String()), markdown(Phrase(p.ports))))
			}
		}
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# What changes for the network\n\n**%s**\n", countChanges(len(rows[0]), len(rows[1])))
	for i, title := range []string{"Opens", "Closes"} {
		if len(rows[i]) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n## %s\n\n| from | to | ports |\n|---|---|---|\n%s\n", title, strings.Join(rows[i][:min(len(rows[i]), maxMarkdownRows)], "\n"))
		if more := len(rows[i]) - maxMarkdownRows; more > 0 {
			fmt.Fprintf(b, "\nand %d more\n", more)
		}
	}
	if !h.Complete {
		fmt.Fprint(b, "\n## The answer is incomplete\n\n")
		for _, reason := range h.Incomplete {
			fmt.Fprintf(b, "- %s\n", markdown(reason))
		}
	}
	return flush(b)
}

// DiffGitHub writes what opens as warnings and what closes as notices. GitHub shows
// ten of each; the last line counts all.
func DiffGitHub(w io.Writer, changes iter.Seq[netpol.Change], h Header) error {
	b := bufio.NewWriter(w)
	var n [2]int
	levels, words := [2]string{"warning", "notice"}, [2]string{"opens", "closes"}
	for c := range changes {
		for i, p := range parts(c) {
			if p.ports.Empty() {
				continue
			}
			if n[i]++; n[i] <= maxAnnotations {
				gitHubCommand(b, levels[i], "", 0, "network policies: "+words[i], changeText(c, words[i], Phrase(p.ports)))
			}
		}
	}
	writeIncomplete(b, h)
	fmt.Fprintln(b, countChanges(n[0], n[1]))
	return flush(b)
}

// DiffGitLab writes what opens and what closes as a Code Quality report about the
// newer state.
func DiffGitLab(w io.Writer, changes iter.Seq[netpol.Change], newer string) error {
	issues := []qualityIssue{}
	severities, names, words := [2]string{"major", "info"}, [2]string{"flow-opened", "flow-closed"}, [2]string{"opens", "closes"}
	for c := range changes {
		for i, p := range parts(c) {
			if p.ports.Empty() {
				continue
			}
			text := changeText(c, words[i], Phrase(p.ports))
			sum := sha256.Sum256([]byte(text))
			issues = append(issues, qualityIssue{text, names[i], hex.EncodeToString(sum[:8]), severities[i],
				qualityLocation{relativePath(newer), qualityLines{1}}})
		}
	}
	return writeQuality(w, issues)
}
