package load

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/stream"
)

// maxRefused bounds how many refusals of one source are reported.
const maxRefused = 100

// part holds the objects of one batch of documents.
type part struct {
	objects    kube.Objects
	foreign    []Foreign
	unknown    []Foreign // that make pods
	noObjects  int       // documents that are no objects
	refused    []Refusal
	unreadable []Unreadable
	cluster    *Cluster
	positions  []position
}

// source is where a stream comes from.
type source struct {
	name  string // as in Origin.File; "" for a live cluster
	index int    // its place in the order of sources
	epoch int    // how often it had been begun again
	live  *listKind
	// found: in a folder, where not every document is meant to be an object.
	found bool
}

// listKind is the kind of the objects of a list, whose entries do not name it:
// API servers leave it out.
type listKind struct{ apiVersion, kind string }

// batch is some documents of one source, to be decoded by one worker.
type batch struct {
	source *source
	seq    int
	data   []byte
	chunks []chunk
}

// chunk is a document in a batch, or an entry of a list.
type chunk struct {
	start, end, line int
	json             bool
	item             bool
	list             listKind // that the entry is in
}

func (b *batch) add(ch stream.Chunk, list listKind) {
	start := len(b.data)
	b.data = append(b.data, ch.Data...)
	b.chunks = append(b.chunks, chunk{start, len(b.data), ch.Line, ch.JSON, ch.Item, list})
}
