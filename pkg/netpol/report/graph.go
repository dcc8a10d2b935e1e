package report

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

// graph is a map as nodes and edges, grouped by namespace.
type graph struct {
	nodes  []graphNode
	groups []string // namespaces in order; "" holds the ranges of addresses
	edges  []edge
}

type graphNode struct {
	label, group string
}

type edge struct {
	from, to int
	label    string
}

// maxEdges bounds a drawing: beyond it nobody sees anything, and no program
// that draws it gets to an end.
const maxEdges = 20_000

// gather makes a graph of the flows. Equal peers are the same pointer.
func gather(flows iter.Seq[netpol.Flow]) (*graph, error) {
	g := &graph{}
	index := make(map[*netpol.Peer]int)
	node := func(p *netpol.Peer) int {
		i, ok := index[p]
		if !ok {
			i = len(g.nodes)
			index[p] = i
			n := graphNode{label: clierr.Clean(strings.TrimPrefix(p.String(), p.Namespace+"/")), group: p.Namespace}
			g.nodes = append(g.nodes, n)
			if !slices.Contains(g.groups, n.group) {
				g.groups = append(g.groups, n.group)
			}
		}
		return i
	}
	for f := range flows {
		if len(g.edges) == maxEdges {
			return nil, clierr.Errorf("use --by namespace, -n NAMESPACE or --external=false to draw less, or -o csv", "the map has more than %d arrows", maxEdges)
		}
		g.edges = append(g.edges, edge{node(f.Source), node(f.Destination), Phrase(f.Ports)})
	}
	slices.Sort(g.groups)
	return g, nil
}

// Dot writes a graph for Graphviz, a cluster for each namespace.
func Dot(w io.Writer, flows iter.Seq[netpol.Flow]) error {
	g, err := gather(flows)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	fmt.Fprint(b, "digraph \"network policies\" {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n")
	for i, group := range g.groups {
		indent := "  "
		if group != "" {
			fmt.Fprintf(b, "  subgraph cluster_%d {\n    label=%s;\n", i, dotQuote(group))
			indent = "    "
		}
		for n, node := range g.nodes {
			if node.group == group {
				fmt.Fprintf(b, "%sn%d [label=%s];\n", indent, n, dotQuote(node.label))
			}
		}
		if group != "" {
			fmt.Fprint(b, "  }\n")
		}
	}
	for _, e := range g.edges {
		fmt.Fprintf(b, "  n%d -> n%d [label=%s];\n", e.from, e.to, dotQuote(e.label))
	}
	fmt.Fprint(b, "}\n")
	return flush(b)
}

func dotQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// Mermaid writes a flowchart, a subgraph for each namespace.
func Mermaid(w io.Writer, flows iter.Seq[netpol.Flow]) error {
	g, err := gather(flows)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	fmt.Fprint(b, "flowchart LR\n")
	for i, group := range g.groups {
		indent := "  "
		if group != "" {
			fmt.Fprintf(b, "  subgraph g%d[%s]\n", i, mermaidQuote(group))
			indent = "    "
		}
		for n, node := range g.nodes {
			if node.group == group {
				fmt.Fprintf(b, "%sn%d[%s]\n", indent, n, mermaidQuote(node.label))
			}
		}
		if group != "" {
			fmt.Fprint(b, "  end\n")
		}
	}
	for _, e := range g.edges {
		fmt.Fprintf(b, "  n%d -->|%s| n%d\n", e.from, mermaidQuote(e.label), e.to)
	}
	return flush(b)
}

// mermaidQuote writes text that Mermaid does not interpret: entities instead of
// quotes and markup.
func mermaidQuote(s string) string {
	return `"` + strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;").Replace(s) + `"`
}
