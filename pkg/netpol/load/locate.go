package load

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/stream"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// maxLocated bounds how many problems are looked up: each file is read again.
const maxLocated = 100

// keptStdin is how much of standard input is remembered for Locate.
const keptStdin = 4 << 20

// Locate gives problems the line of their field where only that of their object
// is known. What cannot be found any more stays as it is.
func (in *Input) Locate(problems []rules.Problem) {
	byFile := make(map[string][]*rules.Problem)
	for i := range problems[:min(len(problems), maxLocated)] {
		p := &problems[i]
		if p.Origin.File != "" && p.Origin.Line > 0 {
			byFile[p.Origin.File] = append(byFile[p.Origin.File], p)
		}
	}
	for file, list := range byFile {
		if file == "-" {
			locate(bytes.NewReader(in.stdin), list)
			continue
		}
		if f, err := os.Open(file); err == nil {
			locate(f, list)
			f.Close()
		}
	}
}

func locate(r io.Reader, problems []*rules.Problem) {
	s := stream.NewReader(r)
	var doc tree.Doc
	for len(problems) > 0 {
		c, err := s.Next()
		if err != nil {
			return
		}
		last := c.Line + bytes.Count(c.Data, []byte("\n"))
		var left []*rules.Problem
		for _, p := range problems {
			if p.Origin.Line < c.Line || p.Origin.Line > last || c.List {
				left = append(left, p)
				continue
			}
			if n, err := parse(&doc, c.Data, c.Line, c.JSON); err == nil {
				p.Origin.Line = fieldLine(objectAt(n, p.Origin.Line), p.Path, p.Origin.Line)
			}
		}
		problems = left
	}
}

// objectAt finds the object that starts at a line: the document, or an entry of
// its list.
func objectAt(n tree.Node, line int) tree.Node {
	entries := n
	if n.Kind() == tree.Map {
		entries = n.Get("items")
	}
	if entries.Kind() == tree.List {
		for e := range entries.All() {
			if e.Line() == line {
				return e
			}
		}
	}
	return n
}

// fieldLine follows a path like spec.ingress[0].from as far as there is
// something.
func fieldLine(n tree.Node, path string, line int) int {
	for step := range strings.SplitSeq(strings.ReplaceAll(path, "[", ".["), ".") {
		next := n.Get(step)
		if index, ok := strings.CutPrefix(step, "["); ok {
			next = entry(n, strings.TrimSuffix(index, "]"))
		}
		if !next.Exists() {
			break
		}
		n, line = next, next.Line()
	}
	return line
}

func entry(n tree.Node, index string) tree.Node {
	at, err := strconv.Atoi(index)
	if err != nil || n.Kind() != tree.List {
		return tree.Node{}
	}
	for e := range n.All() {
		if at == 0 {
			return e
		}
		at--
	}
	return tree.Node{}
}

// remember keeps the first part of standard input, which cannot be read again.
type remember struct {
	io.Reader
	kept []byte
}

func (r *remember) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if room := keptStdin - len(r.kept); room > 0 {
		r.kept = append(r.kept, p[:min(n, room)]...)
	}
	return n, err
}
