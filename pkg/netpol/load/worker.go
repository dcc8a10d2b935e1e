package load

import (
	"bytes"
	"errors"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/decode"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// worker decodes batches.
type worker struct {
	namespace string // of objects that name none
	decoder   *decode.Decoder
	doc       tree.Doc
	classes   map[string]class  // by apiVersion and kind
	layouts   map[string]string // positions of fields, each once
	source    *source
	out       part
}

func newWorker(namespace string) *worker {
	w := &worker{namespace: namespace, decoder: decode.New(), classes: make(map[string]class), layouts: make(map[string]string)}
	w.decoder.WantsAnnotation = kube.ReadsAnnotation
	return w
}

// decode returns what a batch holds.
func (w *worker) decode(b *batch) part {
	w.source, w.out = b.source, part{}
	for _, ch := range b.chunks {
		if len(w.out.refused) > maxRefused {
			break
		}
		w.decodeChunk(b.data[ch.start:ch.end], ch)
	}
	return w.out
}

func (w *worker) decodeChunk(data []byte, ch chunk) {
	n, err := parse(&w.doc, data, ch.line, ch.json)
	if err != nil {
		w.refuseSyntax(data, err)
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
	if l := w.source.live; l != nil {
		w.decodeObject(n, kube.Origin{}, *l)
		return
	}
	if w.source.found && !ch.item && !isObject(n) {
		w.out.noObjects++
		return
	}
	w.decodeObject(n, kube.Origin{File: w.source.name, Line: n.Line()}, ch.list)
}

// decodeObject decodes one document, or one entry of a list, into the part. list
// is the kind that the entry has when it names none.
func (w *worker) decodeObject(n tree.Node, at kube.Origin, list listKind) {
	if n.Kind() != tree.Map {
		w.refuse(at, kube.Ref{}, "", "want an object, not "+n.Kind().String())
		return
	}
	apiVersion, kind := list.apiVersion, list.kind
	if w.source.live == nil && (!w.readName(n, at, "apiVersion", &apiVersion) || !w.readName(n, at, "kind", &kind)) {
		return
	}
	if isSnapshot(n) {
		w.out.readHeader(n, w.decoder, at.File)
		kind = "List"
	}
	if isList(kind) && n.Get("items").Kind() == tree.List {
		for item := range n.Get("items").All() {
			w.decodeObject(item, kube.Origin{File: at.File, Line: item.Line()}, entriesOf(n))
		}
		return
	}
	switch c := w.classOf(apiVersion, kind); c.fate {
	case forbidden:
		w.refuse(at, refOf(n, kind), "", c.why)
	case unclear:
		if ref := refOf(n, kind); !isMirror(apiVersion, ref.Name) {
			w.out.foreign = append(w.out.foreign, Foreign{APIVersion: apiVersion, Ref: ref, Origin: at})
		}
	case decoded:
		w.accept(n, at, apiVersion, c)
	case ignored:
		if c.kind == nil && w.source.live == nil {
			w.acceptMaker(n, at, apiVersion, kind)
		}
	}
}

// readName reads apiVersion or kind, where an object has them and not the list it
// is in, and reports whether the object can be read further.
func (w *worker) readName(n tree.Node, at kube.Origin, field string, to *string) bool {
	v := n.Get(field)
	if v.Kind() == tree.String && len(v.Text()) > 0 {
		*to = w.decoder.Intern(v.Text())
		return true
	}
	if !v.Exists() && (field == "apiVersion" || *to != "") {
		return true
	}
	w.refuse(kube.Origin{File: at.File, Line: max(v.Line(), at.Line)}, kube.Ref{}, field, "want the name of a kind of object")
	return false
}

func (w *worker) classOf(apiVersion, kind string) class {
	key := apiVersion + " " + kind
	c, ok := w.classes[key]
	if !ok {
		c = classify(apiVersion, kind)
		if len(w.classes) < 10_000 {
			w.classes[key] = c
		}
	}
	return c
}

// accept decodes an object of a kind that is read. What is refused leaves nothing
// behind.
func (w *worker) accept(n tree.Node, at kube.Origin, apiVersion string, c class) {
	object := c.kind.Add(&w.out.objects)
	if k, ok := object.(interface{ SetKind(group, kind string) }); ok {
		k.SetKind(c.name.Group, c.name.Kind)
	}
	unknown, err := w.fill(object, n, at, c)
	mirror := err == nil && isMirror(apiVersion, object.Ref().Name)
	if err == nil && !mirror && len(unknown) == 0 {
		w.complete(object, n, c)
		w.notePositions(at)
		return
	}
	c.kind.RemoveLast(&w.out.objects)
	var r *decode.Refusal
	switch {
	case errors.As(err, &r):
		w.refuse(kube.Origin{File: at.File, Line: r.Line}, refOf(n, c.name.Kind), r.Path, r.Msg)
	case !mirror:
		w.out.foreign = append(w.out.foreign, Foreign{apiVersion, refOf(n, c.name.Kind), at, "field " + unknown[0] + " is not known here"})
	}
}

// fill decodes an object and checks it as far as one object can be checked. It
// returns the fields of an object of a cluster that are not known.
func (w *worker) fill(object kube.Object, n tree.Node, at kube.Origin, c class) (unknown []string, err error) {
	meta, origin := object.Head()
	*origin = at
	live := w.source.live != nil
	if unknown, err = w.decoder.Object(n, object, decode.Mode{Strict: !live, Complete: c.kind.Complete}); err != nil {
		return nil, err
	}
	if meta.Name == "" && !nameGenerated(n, meta) {
		return nil, &decode.Refusal{Line: max(n.Line(), n.Get("metadata").Line()), Path: "metadata.name", Msg: "want a name"}
	}
	return unknown, nil
}

// complete gives an object what follows from its kind and from where it was read.
func (w *worker) complete(object kube.Object, n tree.Node, c class) {
	switch p := object.(type) {
	case *kube.NetworkPolicy:
		markDefaulted(p, n.Get("metadata").Get("annotations").Get(lastApplied))
	case *kube.CalicoPolicy:
		shortenName(p)
	case *kube.Pod:
		dropImages(&p.Spec)
	case *kube.Workload:
		if p.Spec.Template != nil {
			dropImages(&p.Spec.Template.Spec)
		}
	}
	meta, _ := object.Head()
	meta.UID = ""
	switch {
	case c.name.ClusterWide:
		meta.Namespace = ""
	case meta.Namespace == "" && w.source.live == nil:
		meta.Namespace = w.namespace
	}
}

// notePositions keeps on which lines the fields of the last object stand. Objects
// that were written alike share one layout.
func (w *worker) notePositions(at kube.Origin) {
	noted := w.decoder.Positions()
	if at.File == "" || len(noted) == 0 {
		return
	}
	layout, ok := w.layouts[string(noted)]
	if !ok {
		layout = string(noted)
		if len(w.layouts) < 10_000 {
			w.layouts[layout] = layout
		}
	}
	w.out.positions = append(w.out.positions, position{at.Line, layout})
}

func (w *worker) refuse(at kube.Origin, ref kube.Ref, path, msg string) {
	w.out.refused = append(w.out.refused, Refusal{File: at.File, Line: at.Line, Ref: ref, Path: path, Msg: msg})
}

// refOf names an object as far as its metadata can be read.
func refOf(n tree.Node, kind string) kube.Ref {
	meta := n.Get("metadata")
	text := func(key string) string {
		if v := meta.Get(key); v.Kind() == tree.String && len(v.Text()) < 300 {
			return string(v.Text())
		}
		return ""
	}
	return kube.Ref{Kind: kind, Namespace: text("namespace"), Name: text("name")}
}

// nameGenerated gives an object that the API server would name a name that no
// real one can have, and reports whether it is such an object.
func nameGenerated(n tree.Node, meta *kube.Meta) bool {
	prefix := n.Get("metadata").Get("generateName")
	if prefix.Kind() != tree.String || len(prefix.Text()) == 0 {
		return false
	}
	meta.Name = string(prefix.Text()) + generated
	return true
}

// dropImages forgets the images that tell nothing about the network.
func dropImages(s *kube.PodSpec) {
	for _, list := range [][]kube.Container{s.Containers, s.InitContainers} {
		for i := range list {
			if !kube.IsControllerImage(list[i].Image) {
				list[i].Image = ""
			}
		}
	}
}

// lastApplied is the annotation in which kubectl apply keeps what was applied.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// markDefaulted marks a policy of which kubectl applied no policyTypes.
func markDefaulted(p *kube.NetworkPolicy, applied tree.Node) {
	if applied.Kind() != tree.String || len(p.Spec.PolicyTypes) == 0 {
		return
	}
	var doc tree.Doc
	was, err := doc.ParseJSON(applied.Text(), 1)
	if spec := was.Get("spec"); err != nil || spec.Kind() != tree.Map || spec.Get("policyTypes").Exists() {
		return
	}
	if p.Meta.Annotations == nil {
		p.Meta.Annotations = make(map[string]string)
	}
	p.Meta.Annotations[kube.DefaultedAnnotation] = "true"
}

// shortenName gives a policy of the default tier the name that its author knows
// it by, however it was read: the storage, and some versions of the API, put the
// tier in front.
func shortenName(p *kube.CalicoPolicy) {
	if p.Spec.Tier == "default" {
		p.Spec.Tier = ""
	}
	if p.Spec.Tier == "" {
		p.Meta.Name = strings.TrimPrefix(p.Meta.Name, "default.")
	}
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

// isTemplate is why a document of Helm and the like is refused.
const isTemplate = "this is a template ({{ … }}), not a manifest; render it first, as in: helm template CHART | kubectl catalyst network-policy check -f -"

// refuseSyntax refuses a document that cannot be read, unless it is no object.
func (w *worker) refuseSyntax(data []byte, err error) {
	r := syntaxRefusal(w.source.name, err)
	if w.source.found && !mentionsKind(data) {
		w.out.noObjects++
		return
	}
	if bytes.Contains(data, []byte("{{")) {
		r.Msg = isTemplate
	}
	w.out.refused = append(w.out.refused, r)
}

func syntaxRefusal(file string, err error) Refusal {
	var syntax *tree.SyntaxError
	if errors.As(err, &syntax) {
		return Refusal{File: file, Line: syntax.Line, Msg: syntax.Msg}
	}
	return Refusal{File: file, Msg: err.Error()}
}
