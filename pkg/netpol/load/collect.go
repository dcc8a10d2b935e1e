package load

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/decode"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/stream"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// Bounds of what is held at a time and of what is reported.
const (
	batchBytes  = 128 << 10
	batchChunks = 256
	maxRefused  = 100 // per source
)

// source is where a stream comes from.
type source struct {
	name  string // as in Origin.File; "" for a live cluster
	index int    // its place in the order of sources
	epoch int    // how often it had been begun again
	live  *liveKind
	// snapshot: the objects come from a cluster, which accepted them.
	snapshot atomic.Bool
}

// liveKind is the kind of the objects of a list from an API server, whose
// entries do not name it.
type liveKind struct{ apiVersion, kind string }

type chunk struct {
	start, end, line int
	json             bool
	item             bool
}

// batch is some chunks of one source, to be decoded by one worker.
type batch struct {
	source *source
	seq    int
	data   []byte
	chunks []chunk
}

// Collector decodes what is streamed into it, in parallel and within bounded
// memory. Stream may be called from several goroutines.
type Collector struct {
	namespace string
	jobs      chan *batch
	workers   sync.WaitGroup
	free      sync.Pool
	progress  func(objects int) // called by one worker at a time

	mu      sync.Mutex
	parts   []result
	objects int // or other documents, so far
	names   map[string]int
	extra   []Refusal
	cluster *Cluster
	// epochs count, by place, how often a list was begun again.
	epochs  map[int]int
	batches map[int]int    // by place: how many there were
	pending sync.WaitGroup // batches on their way
}

type result struct {
	index, epoch, seq int
	part              part
}

// NewCollector starts a Collector with at most so many workers, each of which may
// hold a document of 3 MiB. Objects of files that name no namespace are in the
// given one; "" means "default".
func NewCollector(namespace string, workers int) *Collector {
	c := &Collector{
		namespace: cmp.Or(namespace, "default"),
		jobs:      make(chan *batch, 2),
		names:     make(map[string]int),
		epochs:    make(map[int]int),
		batches:   make(map[int]int),
	}
	known := targets()
	for range min(workers, runtime.GOMAXPROCS(0)) {
		c.workers.Go(func() {
			w := &worker{collector: c, targets: known, decoder: decode.New(), judged: make(map[string]judgement)}
			w.decoder.Keep = keptAnnotation
			for b := range c.jobs {
				w.run(b)
			}
		})
	}
	return c
}

// InternalAnnotation on a Service keeps OpenStack's load balancer off the
// internet when it is "true" (cloud-provider-openstack).
const InternalAnnotation = "service.beta.kubernetes.io/openstack-internal-load-balancer"

// keptAnnotation: what findings and the enforcement verdict read.
func keptAnnotation(key []byte) bool {
	k := string(key)
	return strings.HasPrefix(k, "catalyst.cloud/") || k == InternalAnnotation || strings.HasPrefix(k, "projectcalico.org/") ||
		strings.HasPrefix(k, "cni.projectcalico.org/podIP") || strings.HasPrefix(k, "flannel.alpha.coreos.com/")
}

// Stream reads every document of r, which is called name in messages. The order
// of answers follows index.
func (c *Collector) Stream(r io.Reader, name string, index int) error {
	_, _, err := c.stream(r, &source{name: name, index: index})
	return err
}

// Page reads one page of a list from an API server, whose objects are all of one
// kind, and returns the token that continues the list and the number of objects.
func (c *Collector) Page(r io.Reader, apiVersion, kind string, index int) (next string, n int, err error) {
	return c.stream(r, &source{index: index, live: &liveKind{apiVersion, kind}})
}

// Forget drops what was read of the list at a place, which is begun again.
func (c *Collector) Forget(index int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epochs[index]++
}

// SetCluster says which cluster the objects come from.
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
	c.order()
	var out []string
	for i := range c.parts {
		for j := range c.parts[i].part.Objects.Namespaces {
			out = append(out, c.parts[i].part.Objects.Namespaces[j].Meta.Name)
		}
	}
	return out
}

func (c *Collector) stream(r io.Reader, src *source) (next string, n int, err error) {
	c.mu.Lock()
	c.names[src.name] = src.index
	src.epoch = c.epochs[src.index]
	seq := c.batches[src.index]
	c.mu.Unlock()
	in := stream.NewReader(r)
	in.Split = src.live != nil
	b := c.batch(src, seq)
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
			c.send(b)
			var syntax *tree.SyntaxError
			if src.live == nil && errors.As(err, &syntax) {
				c.refuse(Refusal{File: src.name, Line: syntax.Line, Msg: syntax.Msg})
				return "", n, nil
			}
			return "", n, err
		}
		switch {
		case src.live != nil && !ch.Item:
			next, err = continueToken(ch)
			if err != nil {
				return "", n, err
			}
		case ch.List:
			c.envelope(ch, src)
		case ch.Item && len(ch.Header) > 0 && bytes.Contains(ch.Header, []byte(SnapshotVersion)):
			src.snapshot.Store(true)
			b.add(ch)
		case !ch.JSON && !ch.Item && passedOver(ch.Data):
		default:
			n++
			b.add(ch)
			if len(b.data) >= batchBytes || len(b.chunks) >= batchChunks {
				c.send(b)
				b = c.batch(src, b.seq+1)
			}
		}
	}
	c.send(b)
	return next, n, nil
}

func (c *Collector) batch(src *source, seq int) *batch {
	b, _ := c.free.Get().(*batch)
	if b == nil {
		b = new(batch)
	}
	*b = batch{source: src, seq: seq, data: b.data[:0], chunks: b.chunks[:0]}
	return b
}

func (b *batch) add(ch stream.Chunk) {
	start := len(b.data)
	b.data = append(b.data, ch.Data...)
	b.chunks = append(b.chunks, chunk{start, len(b.data), ch.Line, ch.JSON, ch.Item})
}

func (c *Collector) send(b *batch) {
	if len(b.chunks) > 0 {
		c.pending.Add(1)
		c.jobs <- b
	}
}

func (c *Collector) refuse(r Refusal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.extra = append(c.extra, r)
}

// envelope checks that what held the entries was a list.
func (c *Collector) envelope(ch stream.Chunk, src *source) {
	var doc tree.Doc
	n, err := parse(&doc, ch.Data, ch.Line, ch.JSON)
	if err != nil {
		c.refuse(syntaxRefusal(src.name, err))
		return
	}
	if isSnapshot(n) {
		part := part{}
		part.readHeader(n, decode.New(), src.name)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.parts = append(c.parts, result{src.index, src.epoch, -1, part})
		return
	}
	if kind := n.Get("kind"); kind.Kind() != tree.String || !isList(string(kind.Text())) {
		c.refuse(Refusal{File: src.name, Line: ch.Line, Path: "kind", Msg: "an object with items must be a list"})
	}
}

func syntaxRefusal(file string, err error) Refusal {
	var syntax *tree.SyntaxError
	if errors.As(err, &syntax) {
		return Refusal{File: file, Line: syntax.Line, Msg: syntax.Msg}
	}
	return Refusal{File: file, Msg: err.Error()}
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

// parse reads a document. One that only looks like JSON may be YAML's flow style.
func parse(doc *tree.Doc, data []byte, line int, json bool) (tree.Node, error) {
	if !json {
		return doc.ParseYAML(data, line)
	}
	n, err := doc.ParseJSON(data, line)
	if err != nil {
		if n, yamlErr := doc.ParseYAML(data, line); yamlErr == nil {
			return n, nil
		}
	}
	return n, err
}
