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

// newGraph makes a graph of the flows. Equal peers are the same pointer.
func newGraph(flows iter.Seq[netpol.Flow]) (*graph, error) {
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

// graphSyntax is a language for graphs: its formats get, as far as they ask for
// them, a number and a quoted label; edge the numbers of both ends and a label.
type graphSyntax struct {
	head, group, node, groupEnd, edge, foot string
	quote                                   func(string) string
}

var dotSyntax = graphSyntax{
	head: "digraph \"network policies\" {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n" +
		"  edge [fontname=\"sans-serif\", fontsize=10];\n",
	group: "  subgraph cluster_%d {\n    label=%s;\n", node: "n%d [label=%s];\n", groupEnd: "  }\n",
	edge: "  n%d -> n%d [label=%s];\n", foot: "}\n", quote: dotQuote,
}

var mermaidSyntax = graphSyntax{
	head: "flowchart LR\n", group: "  subgraph g%d[%s]\n", node: "n%d[%s]\n", groupEnd: "  end\n",
	edge: "  n%[1]d -->|%[3]s| n%[2]d\n", quote: mermaidQuote,
}

// Dot writes a graph for Graphviz, a cluster for each namespace.
func Dot(w io.Writer, flows iter.Seq[netpol.Flow]) error { return writeGraph(w, flows, &dotSyntax) }

// Mermaid writes a flowchart, a subgraph for each namespace.
func Mermaid(w io.Writer, flows iter.Seq[netpol.Flow]) error {
	return writeGraph(w, flows, &mermaidSyntax)
}

func writeGraph(w io.Writer, flows iter.Seq[netpol.Flow], s *graphSyntax) error {
	g, err := newGraph(flows)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	fmt.Fprint(b, s.head)
	for i, group := range g.groups {
		indent := "  "
		if group != "" {
			fmt.Fprintf(b, s.group, i, s.quote(group))
			indent = "    "
		}
		for n, node := range g.nodes {
			if node.group == group {
				fmt.Fprintf(b, indent+s.node, n, s.quote(node.label))
			}
		}
		if group != "" {
			fmt.Fprint(b, s.groupEnd)
		}
	}
	for _, e := range g.edges {
		fmt.Fprintf(b, s.edge, e.from, e.to, s.quote(e.label))
	}
	fmt.Fprint(b, s.foot)
	return flush(b)
}

func dotQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// mermaidQuote writes text that Mermaid does not interpret: entities instead of
// quotes and markup.
func mermaidQuote(s string) string {
	return `"` + strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;").Replace(s) + `"`
}
