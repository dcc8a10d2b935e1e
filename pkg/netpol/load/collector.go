package load

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/decode"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/stream"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// Bounds of what one worker gets at a time.
const (
	batchBytes  = 128 << 10
	batchChunks = 256
)

// Collector decodes what is streamed into it, in parallel and within bounded
// memory. Stream may be called from several goroutines.
type Collector struct {
	jobs     chan *batch
	workers  sync.WaitGroup
	free     sync.Pool         // batches to use again
	progress func(objects int) // called by one worker at a time

	mu      sync.Mutex
	parts   []result
	objects int            // or other documents, so far
	names   map[string]int // of sources, with their places
	refused []Refusal      // what is wrong with a whole source
	cluster *Cluster
	charts  []string // that are not rendered
	// noObjects counts what could not be read and is no object.
	noObjects int
	// epochs count, by place, how often a list was begun again.
	epochs  map[int]int
	batches map[int]int    // by place: how many there were
	pending sync.WaitGroup // batches on their way
}

// result is a decoded batch, with its place among the others.
type result struct {
	source *source
	seq    int
	part   part
}

// NewCollector starts a Collector with at most so many workers, each of which may
// hold a document of 3 MiB. Objects of files that name no namespace are in the
// given one; "" means "default".
func NewCollector(namespace string, workers int) *Collector {
	c := &Collector{
		jobs:    make(chan *batch, 2),
		names:   make(map[string]int),
		epochs:  make(map[int]int),
		batches: make(map[int]int),
	}
	for range min(workers, runtime.GOMAXPROCS(0)) {
		c.workers.Go(func() {
			w := newWorker(cmp.Or(namespace, "default"))
			for b := range c.jobs {
				c.addPart(b, w.decode(b))
			}
		})
	}
	return c
}

func (c *Collector) addPart(b *batch, p part) {
	c.mu.Lock()
	c.parts = append(c.parts, result{b.source, b.seq, p})
	if c.objects += len(b.chunks); c.progress != nil {
		c.progress(c.objects)
	}
	c.mu.Unlock()
	c.pending.Done()
	if cap(b.data) < 4*batchBytes {
		c.free.Put(b)
	}
}

// Stream reads every document of r, which is called name in messages. The order
// of answers follows index.
func (c *Collector) Stream(r io.Reader, name string, index int) error {
	_, _, err := c.read(r, &source{name: name, index: index})
	return err
}

// Page reads one page of a list from an API server, whose objects are all of one
// kind, and returns the token that continues the list and the number of objects.
func (c *Collector) Page(r io.Reader, apiVersion, kind string, index int) (next string, n int, err error) {
	return c.read(r, &source{index: index, live: &listKind{apiVersion, kind}})
}

// Forget drops what was read of the list at a place, which is begun again.
func (c *Collector) Forget(index int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epochs[index]++
}

// SetCluster sets which cluster the objects come from.
func (c *Collector) SetCluster(cluster *Cluster) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cluster = cluster
}

// Namespaces waits for what was streamed so far and returns the names of the
// namespaces in it, in order.
func (c *Collector) Namespaces() []string {
	c.pending.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sortParts()
	var out []string
	for i := range c.parts {
		for j := range c.parts[i].part.objects.Namespaces {
			out = append(out, c.parts[i].part.objects.Namespaces[j].Meta.Name)
		}
	}
	return out
}

func (c *Collector) read(r io.Reader, src *source) (next string, n int, err error) {
	c.mu.Lock()
	c.names[src.name] = src.index
	src.epoch = c.epochs[src.index]
	seq := c.batches[src.index]
	c.mu.Unlock()
	in := stream.NewReader(r)
	in.Split = src.live != nil
	b := c.newBatch(src, seq)
	var list listKind // that the entries are in
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.batches[src.index] = b.seq + 1
	}()
	for {
		ch, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.dispatch(b)
			return "", n, c.refuseRest(src, err, in.Rest())
		}
		switch {
		case src.live != nil && !ch.Item:
			next, err = continueToken(ch)
			if err != nil {
				return "", n, err
			}
		case ch.List:
			c.checkEnvelope(ch, src)
			list = listKind{}
		case !ch.JSON && !ch.Item && isIgnored(ch.Data):
		default:
			if len(ch.Header) > 0 {
				list = kindOfEntries(ch.Header, ch.JSON)
			}
			n++
			b.add(ch, list)
			if len(b.data) >= batchBytes || len(b.chunks) >= batchChunks {
				c.dispatch(b)
				b = c.newBatch(src, b.seq+1)
			}
		}
	}
	c.dispatch(b)
	return next, n, nil
}

// refuseRest refuses the rest of a source, from where it cannot be read. In a
// folder it may be no object.
func (c *Collector) refuseRest(src *source, err error, rest []byte) error {
	var syntax *tree.SyntaxError
	switch {
	case src.live != nil || !errors.As(err, &syntax):
		return err
	case src.found && !mentionsKind(rest):
		c.mu.Lock()
		defer c.mu.Unlock()
		c.noObjects++
	default:
		c.refuse(Refusal{File: src.name, Line: syntax.Line, Msg: syntax.Msg})
	}
	return nil
}

func (c *Collector) newBatch(src *source, seq int) *batch {
	b, _ := c.free.Get().(*batch)
	if b == nil {
		b = new(batch)
	}
	*b = batch{source: src, seq: seq, data: b.data[:0], chunks: b.chunks[:0]}
	return b
}

func (c *Collector) dispatch(b *batch) {
	if len(b.chunks) > 0 {
		c.pending.Add(1)
		c.jobs <- b
	}
}

func (c *Collector) refuse(r Refusal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = append(c.refused, r)
}

// checkEnvelope checks that what held the entries was a list.
func (c *Collector) checkEnvelope(ch stream.Chunk, src *source) {
	var doc tree.Doc
	n, err := parse(&doc, ch.Data, ch.Line, ch.JSON)
	if err != nil {
		c.refuse(syntaxRefusal(src.name, err))
		return
	}
	if isSnapshot(n) {
		p := part{}
		p.readHeader(n, decode.New(), src.name)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.parts = append(c.parts, result{src, -1, p})
		return
	}
	if kind := n.Get("kind"); kind.Kind() != tree.String || !isList(string(kind.Text())) {
		c.refuse(Refusal{File: src.name, Line: ch.Line, Path: "kind", Msg: "an object with items must be a list"})
	}
}

// kindOfEntries returns what the beginning of a list says about the kind of its
// entries; nothing where the list may hold any, or where it cannot be read: what
// is wrong with it, checkEnvelope says at its end.
func kindOfEntries(header []byte, json bool) listKind {
	if json {
		header = append(slices.Clone(header), "]}"...)
	}
	var doc tree.Doc
	n, err := parse(&doc, header, 1, json)
	if err != nil {
		return listKind{}
	}
	return entriesOf(n)
}

// entriesOf returns the kind of the entries of a list, as kubectl infers it: those
// of a PodList are Pods, those of a List any.
func entriesOf(n tree.Node) listKind {
	kind, isTyped := strings.CutSuffix(string(n.Get("kind").Text()), "List")
	if !isTyped || kind == "" {
		return listKind{}
	}
	return listKind{string(n.Get("apiVersion").Text()), kind}
}

// continueToken reads what a list says besides its entries. A list without any
// may say so with null.
func continueToken(ch stream.Chunk) (string, error) {
	var doc tree.Doc
	n, err := doc.ParseJSON(ch.Data, ch.Line)
	if err != nil {
		return "", err
	}
	if items := n.Get("items"); !items.Exists() || items.Kind() != tree.Null && items.Kind() != tree.List {
		return "", errors.New("the answer is not a list")
	}
	return string(n.Get("metadata").Get("continue").Text()), nil
}

// isIgnored reports, without decoding it, whether a document in block style is of
// a kind that does not matter. Where there is any doubt it is decoded.
func isIgnored(doc []byte) bool {
	var kind []byte
	for rest := doc; len(rest) > 0; {
		line := rest
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			line, rest = rest[:end], rest[end+1:]
		} else {
			rest = nil
		}
		if value, ok := bytes.CutPrefix(line, []byte("kind:")); ok {
			if kind != nil {
				return false
			}
			kind = bytes.TrimSpace(value)
		}
	}
	return len(kind) > 0 && neverMatters(string(kind))
}

// Close waits for what was streamed and returns it all together, in the order of
// the sources.
func (c *Collector) Close() *Input {
	c.Drop()
	c.sortParts()
	in := &Input{Refused: c.refused, Cluster: c.cluster, Charts: c.charts, NoObjects: c.noObjects, positions: make(positions)}
	for _, k := range kinds.All() {
		k.Reserve(&in.Objects, func(yield func(*kube.Objects) bool) {
			for i := range c.parts {
				if !yield(&c.parts[i].part.objects) {
					return
				}
			}
		})
	}
	for i := range c.parts {
		in.join(&c.parts[i])
		c.parts[i] = result{}
	}
	in.makePods()
	slices.SortStableFunc(in.Refused, func(a, b Refusal) int {
		return cmp.Or(cmp.Compare(c.names[a.File], c.names[b.File]), cmp.Compare(a.Line, b.Line))
	})
	in.capRefusals()
	return in
}

// Drop ends the collector where nobody wants what was streamed: joining it would
// take memory.
func (c *Collector) Drop() {
	close(c.jobs)
	c.workers.Wait()
}

// sortParts puts what was decoded in order and drops what was forgotten.
func (c *Collector) sortParts() {
	c.parts = slices.DeleteFunc(c.parts, func(r result) bool { return r.source.epoch != c.epochs[r.source.index] })
	slices.SortStableFunc(c.parts, func(a, b result) int {
		return cmp.Or(cmp.Compare(a.source.index, b.source.index), cmp.Compare(a.seq, b.seq))
	})
}

// join adds what a batch came to.
func (in *Input) join(r *result) {
	p := &r.part
	for _, k := range kinds.All() {
		k.Join(&in.Objects, &p.objects)
	}
	in.Foreign = append(in.Foreign, p.foreign...)
	in.Unknown = append(in.Unknown, p.unknown...)
	in.NoObjects += p.noObjects
	in.Refused = append(in.Refused, p.refused...)
	in.Unreadable = append(in.Unreadable, p.unreadable...)
	if len(p.positions) > 0 {
		in.positions[r.source.name] = append(in.positions[r.source.name], p.positions)
	}
	if p.cluster != nil {
		in.Cluster = p.cluster
	}
}

// capRefusals keeps the first refusals of a source that is refused all over: of a
// template, just one.
func (in *Input) capRefusals() {
	seen, templates := make(map[string]int), make(map[string]bool)
	in.Refused = slices.DeleteFunc(in.Refused, func(r Refusal) bool {
		if r.Msg == isTemplate {
			again := templates[r.File]
			templates[r.File] = true
			return again
		}
		seen[r.File]++
		return seen[r.File] > maxRefused
	})
}
