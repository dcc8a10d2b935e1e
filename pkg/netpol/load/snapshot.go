package load

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/decode"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// snapshotVersion and snapshotKind are how a snapshot names itself. It is a list
// of objects with what the cluster said about itself beside them.
const (
	snapshotVersion = "catalyst.cloud/v1"
	snapshotKind    = "NetworkPolicySnapshot"
)

// header is a snapshot without its objects.
type header struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Cluster    *Cluster       `json:"cluster"`
	Unreadable []Unreadable   `json:"unreadable"`
	Foreign    []foreignEntry `json:"foreign"`
}

// foreignEntry is a Foreign as a snapshot holds it: by name, since what it says
// could not be read.
type foreignEntry struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
	Reason     string `json:"reason,omitempty"`
}

// isSnapshot reports whether the mapping is a snapshot's.
func isSnapshot(n tree.Node) bool {
	return string(n.Get("kind").Text()) == snapshotKind && string(n.Get("apiVersion").Text()) == snapshotVersion
}

// readHeader adds what a snapshot says besides its objects.
func (p *part) readHeader(n tree.Node, d *decode.Decoder, file string) {
	var h header
	if _, err := d.Object(n, &h, decode.Mode{Strict: true}); err != nil {
		var r *decode.Refusal
		if errors.As(err, &r) {
			p.refused = append(p.refused, Refusal{File: file, Line: r.Line, Path: r.Path, Msg: r.Msg})
		}
		return
	}
	p.cluster = h.Cluster
	p.unreadable = append(p.unreadable, h.Unreadable...)
	for _, f := range h.Foreign {
		p.foreign = append(p.foreign, Foreign{APIVersion: f.APIVersion, Reason: f.Reason,
			Ref: kube.Ref{Kind: f.Kind, Namespace: f.Namespace, Name: f.Name}, Origin: kube.Origin{File: file}})
	}
}

// WriteSnapshot writes what was read of a cluster as one JSON document, an object
// a line: the fields that decide who can reach whom and nothing else, so no
// environment, no images, no annotations but those that are read here.
func (in *Input) WriteSnapshot(w io.Writer) error {
	b := &snapshotWriter{w: bufio.NewWriterSize(w, 1<<16)}
	cluster := in.Cluster
	if cluster == nil {
		cluster = &Cluster{APIGroups: []string{}}
	}
	unreadable := in.Unreadable
	if unreadable == nil {
		unreadable = []Unreadable{}
	}
	foreign := []foreignEntry{}
	for _, f := range in.Foreign {
		foreign = append(foreign, foreignEntry{f.APIVersion, f.Ref.Kind, f.Ref.Namespace, f.Ref.Name, f.Reason})
	}
	fmt.Fprintf(b.w, "{\n\"apiVersion\": %q,\n\"kind\": %q,\n\"metadata\": {},\n\"cluster\": ", snapshotVersion, snapshotKind)
	b.value(cluster)
	fmt.Fprint(b.w, ",\n\"unreadable\": ")
	b.value(unreadable)
	fmt.Fprint(b.w, ",\n\"foreign\": ")
	b.value(foreign)
	fmt.Fprint(b.w, ",\n\"items\": [")
	for _, k := range kinds.All() {
		for o := range k.Objects(&in.Objects) {
			b.object(k, o)
		}
	}
	fmt.Fprint(b.w, "\n]\n}\n")
	if b.err == nil {
		b.err = b.w.Flush()
	}
	if b.err != nil {
		return fmt.Errorf("writing the snapshot: %w", b.err)
	}
	return nil
}

type snapshotWriter struct {
	w     *bufio.Writer
	begun bool
	err   error
}

func (b *snapshotWriter) value(v any) {
	data, err := json.Marshal(v)
	if b.err == nil {
		b.err = err
	}
	b.write(data)
}

// write writes; what goes wrong, Flush reports.
func (b *snapshotWriter) write(data []byte) { _, _ = b.w.Write(data) }

// object writes an object, a struct, with its apiVersion and kind in front.
func (b *snapshotWriter) object(k *kinds.Kind, o kube.Object) {
	var apiVersion, kind string
	if w, ok := o.(interface{ WrittenAs() (string, string) }); ok {
		apiVersion, kind = w.WrittenAs()
	} else {
		apiVersion, kind = k.Names[0].APIVersion(), k.Names[0].Kind
	}
	if p, ok := o.(*kube.Pod); ok && p.Owner.Kind != "" {
		pod := *p
		pod.Meta.OwnerReferences = []kube.OwnerReference{{Kind: p.Owner.Kind, Name: p.Owner.Name, Controller: true}}
		o = &pod
	}
	data, err := json.Marshal(o)
	if b.err == nil {
		b.err = err
	}
	if err != nil {
		return
	}
	if b.begun {
		b.write([]byte{','})
	}
	b.begun = true
	fmt.Fprintf(b.w, "\n{\"apiVersion\":%q,\"kind\":%q,", apiVersion, kind)
	b.write(data[1:])
}
