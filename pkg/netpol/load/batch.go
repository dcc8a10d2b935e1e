package load

import (
	"sync/atomic"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/stream"
)

// maxRefused bounds how many refusals of one source are reported.
const maxRefused = 100

// part holds the objects of one batch of documents.
type part struct {
	objects    kube.Objects
	foreign    []Foreign
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
	live  *liveKind
	// snapshot: the objects come from a cluster, which accepted them.
	snapshot atomic.Bool
}

// liveKind is the kind of the objects of a list from an API server, whose
// entries do not name it.
type liveKind struct{ apiVersion, kind string }

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
}

func (b *batch) add(ch stream.Chunk) {
	start := len(b.data)
	b.data = append(b.data, ch.Data...)
	b.chunks = append(b.chunks, chunk{start, len(b.data), ch.Line, ch.JSON, ch.Item})
}
