package load

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/decode"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

type judgement struct {
	verdict verdict
	why     string
}

// worker decodes batches.
type worker struct {
	collector *Collector
	targets   map[string]target
	decoder   *decode.Decoder
	doc       tree.Doc
	judged    map[string]judgement
	source    *source
	out       part
}

func (w *worker) run(b *batch) {
	w.source, w.out = b.source, part{}
	for _, ch := range b.chunks {
		if len(w.out.Refused) > maxRefused {
			break
		}
		w.chunk(b.data[ch.start:ch.end], ch)
	}
	c := w.collector
	c.mu.Lock()
	c.parts = append(c.parts, result{b.source.index, b.source.epoch, b.seq, w.out})
	if c.objects += len(b.chunks); c.progress != nil {
		c.progress(c.objects)
	}
	c.mu.Unlock()
	c.pending.Done()
	if cap(b.data) < 4*batchBytes {
		c.free.Put(b)
	}
}

func (w *worker) chunk(data []byte, ch chunk) {
	n, err := parse(&w.doc, data, ch.line, ch.json)
	if err != nil {
		w.out.Refused = append(w.out.Refused, syntaxRefusal(w.source.name, err))
		return
	}
	if !n.Exists() || n.Kind() == tree.Null {
		return
	}
	if ch.item && !ch.json {
		for item := range n.All() {
			n = item
		}
	}
	at := kube.Origin{}
	if w.source.live == nil {
		at = kube.Origin{File: w.source.name, Line: n.Line()}
		w.object(n, at, "", "")
		return
	}
	w.object(n, at, w.source.live.apiVersion, w.source.live.kind)
}
