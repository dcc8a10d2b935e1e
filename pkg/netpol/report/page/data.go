package page

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
)

// Bounds of what one file shows. Beyond them a browser is no longer quick, and
// nobody finds anything: the document then shows less and says so.
const (
	mostPeers      = 2500    // beyond: namespaces instead
	mostRows       = 2 << 20 // bytes of flows and sets of ports; beyond: namespaces instead
	mostTraces     = 2 << 20 // bytes of reasons; beyond: none
	mostTraceCount = 8 << 20 // traces to make; beyond: no explanations
)

// pageData is what the script shows. Everything that repeats is a number:
// an index into one of its lists. A row is text, see encodeRow.
type pageData struct {
	By        string      `json:"by"`
	Namespace string      `json:"namespace"`
	External  bool        `json:"external"`
	Limits    []string    `json:"limits"` // what is left out, each a sentence
	Spaces    []string    `json:"spaces"` // namespaces
	Peers     []peerEntry `json:"peers"`
	Ports     []string    `json:"ports"` // sets in words; the first is none
	Flows     rowTable    `json:"flows"` // by source, a row over the peers: ports
	Outside   outside     `json:"outside"`
	reasons

	portIDs   map[ports.Set]int
	portBytes int            // of Ports
	index     map[string]int // of peers, by their full names
}

// peerEntry is a peer of the map. To the script it is an array of its fields, without
// their names: there are thousands.
type peerEntry struct {
	space int // its namespace, an index into Spaces
	name  string
	pods  int
	host  bool // on the host network
}

// MarshalJSON returns [space, name, pods, host].
func (p peerEntry) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{p.space, p.name, p.pods, p.host})
}

// rowTable is rows by peer; equal rows are one.
type rowTable struct {
	Rows []string `json:"rows"`
	Of   []int    `json:"of"` // by peer: which row
	at   map[string]int
}

func (t *rowTable) add(row string) {
	if t.at == nil {
		t.at = make(map[string]int)
	}
	id, ok := t.at[row]
	if !ok {
		id = len(t.Rows)
		t.at[row] = id
		t.Rows = append(t.Rows, row)
	}
	t.Of = append(t.Of, id)
}

func (t *rowTable) size() int {
	n := 0
	for _, r := range t.Rows {
		n += len(r)
	}
	return n
}

// encodeRow writes numbers as text, base 36, each run of equal ones as number*count.
func encodeRow(ids []int) string {
	var b strings.Builder
	for i := 0; i < len(ids); {
		n := 1
		for i+n < len(ids) && ids[i+n] == ids[i] {
			n++
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatInt(int64(ids[i]), 36))
		if n > 1 {
			b.WriteByte('*')
			b.WriteString(strconv.FormatInt(int64(n), 36))
		}
		i += n
	}
	return b.String()
}

var groupingWords = map[netpol.By]string{netpol.ByPod: "pod", netpol.ByWorkload: "workload", netpol.ByNamespace: "namespace"}

// buildData evaluates the map, by namespace when it is too large for one page.
func buildData(d *Document) *pageData {
	p := tryBuild(d, d.By)
	if p != nil {
		return p
	}
	p = tryBuild(d, netpol.ByNamespace)
	hint := "-n NAMESPACE shows one namespace with all its " + groupingWords[d.By] + "s, and -o csv has everything."
	if p == nil {
		p = &pageData{By: groupingWords[netpol.ByNamespace]}
		p.Limits = append(p.Limits, "Who reaches whom is too much for one page, even by namespace. "+hint)
		return p
	}
	n := len(d.Engine.Tracer(d.By).Peers())
	p.Limits = append(p.Limits, fmt.Sprintf("The cluster's %d %ss are too many, or too different, for one page: this one goes by namespace. %s",
		n, groupingWords[d.By], hint))
	return p
}

// tryBuild evaluates the map in one grouping; nil when it is too large.
func tryBuild(d *Document, by netpol.By) *pageData {
	p := &pageData{By: groupingWords[by], Namespace: d.Namespace, External: d.External, Limits: []string{},
		Ports: []string{"none"}, portIDs: make(map[ports.Set]int), index: make(map[string]int)}
	p.portIDs[ports.Set{}] = 0
	tracer := d.Engine.Tracer(by)
	units := p.selectPeers(d, tracer)
	if len(units) > mostPeers || !p.addFlows(d, by, len(units)) {
		return nil
	}
	p.addReasons(tracer, units)
	return p
}

// selectPeers lists the peers to show, as indexes into the tracer's.
func (p *pageData) selectPeers(d *Document, tracer *netpol.Tracer) []int {
	var units []int
	adjacent := make(map[string]bool)
	if d.Namespace != "" {
		for f := range d.Engine.Flows(netpol.FlowOptions{By: byWord(p.By)}) {
			if f.Source.Namespace == d.Namespace || f.Destination.Namespace == d.Namespace {
				adjacent[f.Source.String()], adjacent[f.Destination.String()] = true, true
			}
		}
	}
	spaces := make(map[string]int)
	for i, one := range tracer.Peers() {
		if d.Namespace != "" && one.Namespace != d.Namespace && !adjacent[one.String()] {
			continue
		}
		space, ok := spaces[one.Namespace]
		if !ok {
			space = len(p.Spaces)
			spaces[one.Namespace] = space
			p.Spaces = append(p.Spaces, visible(one.Namespace))
		}
		p.index[one.String()] = len(units)
		units = append(units, i)
		name := strings.TrimPrefix(one.String(), one.Namespace+"/")
		p.Peers = append(p.Peers, peerEntry{space, visible(name), len(one.Pods), tracer.Host(i)})
	}
	return units
}

func byWord(word string) netpol.By {
	for by, w := range groupingWords {
		if w == word {
			return by
		}
	}
	return netpol.ByWorkload
}

// portsID returns the number of a set of ports.
func (p *pageData) portsID(s ports.Set) int {
	id, ok := p.portIDs[s]
	if !ok {
		id = len(p.Ports)
		p.portIDs[s] = id
		p.Ports = append(p.Ports, report.Phrase(s))
		p.portBytes += len(p.Ports[id]) + len(`"",`)
	}
	return id
}

// addFlows gathers the rows; false when they are too large.
func (p *pageData) addFlows(d *Document, by netpol.By, n int) bool {
	rows := make([][]int, n)
	p.Outside.reset(n)
	for f := range d.Engine.Flows(netpol.FlowOptions{By: by, External: d.External}) {
		from, known := p.index[f.Source.String()]
		to, also := p.index[f.Destination.String()]
		switch {
		case !p.shows(f, d.Namespace):
		case f.Source.Kind == netpol.RangePeer && also:
			p.Outside.From.add(to, f.Source, p.portsID(f.Ports))
		case f.Destination.Kind == netpol.RangePeer && known:
			p.Outside.To.add(from, f.Destination, p.portsID(f.Ports))
		case known && also:
			if rows[from] == nil {
				rows[from] = make([]int, n)
			}
			rows[from][to] = p.portsID(f.Ports)
		}
		if p.portBytes > mostRows || p.Outside.From.size+p.Outside.To.size > mostRows/rangedSize {
			return false
		}
	}
	for _, r := range rows {
		if r == nil {
			r = make([]int, n)
		}
		p.Flows.add(encodeRow(r))
	}
	return p.Flows.size()+p.portBytes <= mostRows
}

// shows reports whether a flow is part of the answer.
func (p *pageData) shows(f netpol.Flow, namespace string) bool {
	return namespace == "" || f.Source.Namespace == namespace || f.Destination.Namespace == namespace
}
