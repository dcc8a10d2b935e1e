package report

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"iter"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

// Measures of a drawing, in pixels.
const (
	svgChar    = 7 // width of a character of the 12 px monospace font
	svgRow     = 26
	svgPad     = 16
	svgGap     = 180 // between the columns, where the arrows are
	svgHeading = 28
)

// SVG writes a drawing without any other program: sources on the left,
// destinations on the right, grouped by namespace, an arrow for each flow that
// shows its ports when pointed at. It loads nothing and runs nothing.
func SVG(w io.Writer, flows iter.Seq[netpol.Flow]) error {
	g, err := newGraph(flows)
	if err != nil {
		return err
	}
	from, to := make(map[int]int), make(map[int]int) // node → y
	for _, e := range g.edges {
		from[e.from], to[e.to] = 0, 0
	}
	fromWidth, fromHeight := g.placeColumn(from)
	toWidth, toHeight := g.placeColumn(to)
	x := svgPad + fromWidth + svgGap
	width, height := x+toWidth+svgPad, max(fromHeight, toHeight)+svgPad
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="who can reach whom" font-family="monospace" font-size="12">`+"\n", width, height, width, height)
	fmt.Fprint(b, `<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0L8,4L0,8z" fill="#456"/></marker></defs>`+"\n")
	fmt.Fprintf(b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	for _, e := range g.edges {
		y1, y2 := from[e.from]+svgRow/2-3, to[e.to]+svgRow/2-3
		x1 := svgPad + fromWidth
		fmt.Fprintf(b, `<path d="M%d,%dC%d,%d %d,%d %d,%d" fill="none" stroke="#456" stroke-opacity=".55" marker-end="url(#a)"><title>%s</title></path>`+"\n",
			x1, y1, x1+svgGap/2, y1, x-svgGap/2, y2, x, y2,
			html.EscapeString(g.name(e.from)+" → "+g.name(e.to)+": "+e.label))
	}
	g.writeColumn(b, svgPad, fromWidth, from)
	g.writeColumn(b, x, toWidth, to)
	fmt.Fprint(b, "</svg>\n")
	return flush(b)
}

func (g *graph) name(i int) string {
	if g.nodes[i].group == "" {
		return g.nodes[i].label
	}
	return g.nodes[i].group + "/" + g.nodes[i].label
}

// placeColumn gives each node of one side its place and returns the column's width
// and height.
func (g *graph) placeColumn(at map[int]int) (width, height int) {
	y := svgPad
	for _, group := range g.groups {
		head := false
		for i, n := range g.nodes {
			if _, ok := at[i]; !ok || n.group != group {
				continue
			}
			if !head {
				head = true
				y += svgHeading
			}
			at[i] = y
			y += svgRow
			width = max(width, (len([]rune(n.label))+2)*svgChar, (len([]rune(group))+2)*svgChar)
		}
	}
	return width, y
}

func (g *graph) writeColumn(b *bufio.Writer, x, width int, at map[int]int) {
	for _, group := range g.groups {
		head := false
		for i, n := range g.nodes {
			y, ok := at[i]
			if !ok || n.group != group {
				continue
			}
			if !head {
				head = true
				title := group
				if title == "" {
					title = "addresses"
				}
				fmt.Fprintf(b, `<text x="%d" y="%d" font-weight="bold">%s</text>`+"\n", x, y-6, html.EscapeString(title))
			}
			fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="4" fill="#eef3f8" stroke="#9ab"/><text x="%d" y="%d">%s</text>`+"\n",
				x, y, width, svgRow-6, x+svgChar, y+14, html.EscapeString(n.label))
		}
	}
}
