package page

import (
	"strconv"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
)

// body writes the document as text: readable without the script.
func (m *markup) body(d *Document, data *pageData) {
	m.start("div", class("page"))
	m.header(d)
	m.start("main")
	m.verdict(d.Check)
	m.incomplete(d.Check, data)
	if d.First == Findings {
		m.findings(d.Check, true)
		m.reach(d, data)
	} else {
		m.reach(d, data)
		m.findings(d.Check, false)
	}
	m.end()
	m.end()
}

func (m *markup) header(d *Document) {
	m.start("header", class("top"))
	m.leaf("h1", "Network policies")
	for _, line := range d.Source {
		m.leaf("p", line, class("source"))
	}
	m.start("dl", class("numbers"))
	s := &d.Check.Summary
	for _, one := range []struct {
		n         int
		one, many string
	}{{s.Namespaces, "namespace", "namespaces"}, {s.Pods, "pod", "pods"}, {s.Policies, "policy", "policies"},
		{s.Services, "service", "services"}, {s.Nodes, "node", "nodes"}} {
		word := one.many
		if one.n == 1 {
			word = one.one
		}
		m.start("div")
		m.leaf("dt", word)
		m.leaf("dd", strconv.Itoa(one.n))
		m.end()
	}
	m.end()
	m.end()
}

// tones are the colours of a verdict; the words say the same.
var tones = map[string]fixed{enforce.Enforced: "verdict good", enforce.NotEnforced: "verdict bad", enforce.Unknown: "verdict unsure"}

func (m *markup) verdict(c *report.Check) {
	m.start("section", class(tones[c.Enforcement.Verdict]), attr{"aria-labelledby", "verdict"})
	m.leaf("h2", report.Sentence(c.Enforcement.Verdict), attr{"id", "verdict"})
	m.list(c.Enforcement.Evidence)
	if len(c.Enforcement.Unreadable) > 0 {
		m.leaf("p", "Could not be read:", class("lead"))
		m.list(c.Enforcement.Unreadable)
	}
	m.end()
}

func (m *markup) list(lines []string) {
	if len(lines) == 0 {
		return
	}
	m.start("ul")
	for _, line := range lines {
		m.leaf("li", line)
	}
	m.end()
}

// shownReasons is how many reasons are shown before the rest is folded.
const shownReasons = 12

func (m *markup) incomplete(c *report.Check, data *pageData) {
	if !c.Complete {
		m.start("section", class("verdict lacking"), attr{"aria-labelledby", "incomplete"})
		m.leaf("h2", "The answer is incomplete", attr{"id", "incomplete"})
		m.leaf("p", "What is named here was not read or not evaluated, and may change what follows. What cannot be known counts as denied.", class("lead"))
		first := c.Incomplete[:min(shownReasons, len(c.Incomplete))]
		m.list(first)
		if rest := c.Incomplete[len(first):]; len(rest) > 0 {
			m.start("details")
			m.leaf("summary", strconv.Itoa(len(rest))+" more")
			m.list(rest)
			m.end()
		}
		m.end()
	}
	if data != nil && len(data.Limits) > 0 {
		m.start("section", class("verdict lacking"), attr{"aria-labelledby", "limits"})
		m.leaf("h2", "This page leaves something out", attr{"id", "limits"})
		m.list(data.Limits)
		m.end()
	}
}
