package page

import (
	"strconv"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
)

// mostFlows is how many flows the table that needs no script shows: more is no
// reading any longer, and would be most of the file.
const mostFlows = 3000

// reach shows who reaches whom: the table for readers without the script and for
// paper, and the place where the script puts its views.
func (m *markup) reach(d *Document, data *pageData) {
	m.start("section", attr{"id", "map"}, attr{"aria-labelledby", "map-title"})
	m.leaf("h2", "Who reaches whom", attr{"id", "map-title"})
	if data == nil {
		m.leaf("p", "Not known: objects were refused, so every answer might be wrong. The findings name them.", class("lead"))
		m.end()
		return
	}
	m.leaf("p", premise(d.Check.Enforcement.Verdict), class("lead"))
	m.asset(views)
	m.start("div", attr{"id", "static"})
	m.table(d, data)
	m.end()
	m.end()
}

// premise describes what the map is worth: policies that nobody enforces keep nobody
// out.
func premise(verdict string) string {
	const what = "What is not listed is denied. A pod always reaches itself."
	switch verdict {
	case enforce.NotEnforced:
		return "Nothing enforces the policies, so in truth everybody reaches everybody. This is what they would allow. " + what
	case enforce.Unknown:
		return "This is what the policies allow where they are enforced. " + what
	}
	return what
}

// table lists every source with what it reaches; by namespace when that is long.
func (m *markup) table(d *Document, data *pageData) {
	by := byWord(data.By)
	lines, all := flowLines(d, by)
	if !all && by != netpol.ByNamespace {
		m.leaf("p", "By "+data.By+" this is more than "+strconv.Itoa(mostFlows)+" flows; the table goes by namespace. -o csv lists all.", class("lead"))
		lines, all = flowLines(d, netpol.ByNamespace)
	}
	if len(lines) == 0 {
		m.leaf("p", "Nobody reaches anybody.")
		return
	}
	m.start("table", class("flows"))
	m.leaf("caption", "Sources, and what each may open connections to")
	m.start("thead")
	m.start("tr")
	for _, title := range []string{"Source", "Ports", "Destinations"} {
		m.leaf("th", title, attr{"scope", "col"})
	}
	m.end()
	m.end()
	m.start("tbody")
	for _, line := range lines {
		line.writeRows(m)
	}
	m.end()
	m.end()
	if !all {
		m.leaf("p", "Cut off after "+strconv.Itoa(mostFlows)+" flows; -o csv lists all.", class("lead"))
	}
}

// sourceRows is a source, with its destinations by ports.
type sourceRows struct {
	source string
	ports  []string
	to     map[string][]string
}

func (l *sourceRows) writeRows(m *markup) {
	for i, ports := range l.ports {
		m.start("tr")
		if i == 0 {
			m.start("th", attr{"scope", "rowgroup"}, attr{"rowspan", strconv.Itoa(len(l.ports))})
			m.leaf("bdi", l.source)
			m.end()
		}
		m.leaf("td", ports)
		m.start("td")
		for n, to := range l.to[ports] {
			if n > 0 {
				m.asset(", ")
			}
			m.leaf("bdi", to)
		}
		m.end()
		m.end()
	}
}

// flowLines gathers the flows by source; false when there are more than are shown.
func flowLines(d *Document, by netpol.By) (lines []*sourceRows, all bool) {
	n := 0
	for f := range d.Engine.Flows(netpol.FlowOptions{By: by, External: d.External}) {
		if d.Namespace != "" && f.Source.Namespace != d.Namespace && f.Destination.Namespace != d.Namespace {
			continue
		}
		if n++; n > mostFlows {
			return lines, false
		}
		source := peerText(f.Source)
		if len(lines) == 0 || lines[len(lines)-1].source != source {
			lines = append(lines, &sourceRows{source: source, to: make(map[string][]string)})
		}
		last, ports := lines[len(lines)-1], report.Phrase(f.Ports)
		if last.to[ports] == nil {
			last.ports = append(last.ports, ports)
		}
		last.to[ports] = append(last.to[ports], peerText(f.Destination))
	}
	return lines, true
}

func peerText(p *netpol.Peer) string {
	if p.Kind == netpol.RangePeer {
		return rangeText(netpol.Range{First: p.First, Last: p.Last})
	}
	return p.String()
}
