package load

import (
	"bytes"
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/decode"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

func (w *worker) refuse(at kube.Origin, ref kube.Ref, path, msg string) {
	w.out.Refused = append(w.out.Refused, Refusal{File: at.File, Line: at.Line, Ref: ref, Path: path, Msg: msg})
}

// take decodes an object of a kind that matters. What is refused leaves nothing
// behind.
func (w *worker) take(n tree.Node, at kube.Origin, apiVersion, kind string) {
	group, _, _ := strings.Cut(apiVersion, "/")
	if !strings.Contains(apiVersion, "/") {
		group = ""
	}
	t := w.targets[group+"/"+kind]
	mode := decode.Near
	switch {
	case w.source.live != nil && t.policy:
		mode = decode.Lenient
	case w.source.live != nil:
		mode = decode.Loose
	case t.policy:
		mode = decode.Exact
	}
	before := w.out
	object, meta, origin := t.put(&w.out, kind)
	*origin = at
	unknown, err := w.decoder.Object(n, object, mode)
	if err == nil && meta.Name == "" && !unnamed(n, meta) {
		err = &decode.Refusal{Line: max(n.Line(), n.Get("metadata").Line()), Path: "metadata.name", Msg: "want a name"}
	}
	if err == nil && t.policy && w.source.live == nil && !w.source.snapshot.Load() {
		err = hostBits(n.Get("spec"), "spec", group)
	}
	if err != nil {
		ref := w.refOf(n, kind)
		w.out = before
		var r *decode.Refusal
		if errors.As(err, &r) {
			w.refuse(kube.Origin{File: at.File, Line: r.Line}, ref, r.Path, r.Msg)
		}
		return
	}
	if isMirror(apiVersion, meta.Name) {
		w.out = before
		return
	}
	switch p := object.(type) {
	case *kube.NetworkPolicy:
		markDefaulted(p, n.Get("metadata").Get("annotations").Get(lastApplied))
	case *kube.CalicoPolicy:
		plainName(p)
	}
	w.settle(meta, t, mode)
	if len(unknown) > 0 {
		w.out = before
		w.out.Foreign = append(w.out.Foreign, Foreign{apiVersion, w.refOf(n, kind), at, "field " + unknown[0] + " is not known here"})
		return
	}
	if kind == "DaemonSet" {
		ds := object.(*Workload)
		w.out.Agents = append(w.out.Agents, Agent{Meta: ds.Meta, Status: ds.Status, Origin: ds.Origin})
	}
}

// DefaultedAnnotation marks a policy of a cluster whose policyTypes was not
// written by its author: the API server fills it in.
const DefaultedAnnotation = "catalyst.cloud/policy-types-defaulted"

// lastApplied is where kubectl apply keeps what was applied.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

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
	p.Meta.Annotations[DefaultedAnnotation] = "true"
}

func (w *worker) settle(meta *kube.Meta, t target, mode decode.Mode) {
	meta.UID = ""
	switch {
	case t.clusterWide:
		meta.Namespace = ""
	case meta.Namespace == "" && mode != decode.Lenient && mode != decode.Loose:
		meta.Namespace = w.collector.namespace
	}
}

// unnamed gives an object that the API server would name a name that no real one
// can have.
func unnamed(n tree.Node, meta *kube.Meta) bool {
	prefix := n.Get("metadata").Get("generateName")
	if prefix.Kind() != tree.String || len(prefix.Text()) == 0 {
		return false
	}
	meta.Name = string(prefix.Text()) + generated
	return true
}

// hostBits refuses address ranges whose address goes on behind their length:
// 10.0.0.5/24 is either 10.0.0.5/32 or 10.0.0.0/24, and an API server with
// strict validation accepts neither reading.
func hostBits(n tree.Node, path, group string) error {
	i := 0
	for e := range n.All() {
		at := path
		if n.Kind() == tree.Map {
			at += "." + string(e.Key())
		} else {
			at += "[" + strconv.Itoa(i) + "]"
		}
		i++
		if e.Kind() == tree.Map || e.Kind() == tree.List {
			if err := hostBits(e, at, group); err != nil {
				return err
			}
			continue
		}
		if e.Kind() != tree.String || bytes.IndexByte(e.Text(), '/') < 0 || !isRangeField(at, group) {
			continue
		}
		if p, err := netip.ParsePrefix(string(e.Text())); err == nil && p.Masked() != p {
			return &decode.Refusal{Line: e.Line(), Path: at,
				Msg: "the address of " + p.String() + " goes on behind its length; write " + p.Masked().String()}
		}
	}
	return nil
}

func isRangeField(path, group string) bool {
	if group == calicoGroup {
		return strings.Contains(path, ".notNets[") || strings.Contains(path, ".nets[") && !strings.HasPrefix(path, "spec.nets[")
	}
	return strings.HasSuffix(path, ".ipBlock.cidr") || strings.Contains(path, ".ipBlock.except[") || strings.Contains(path, ".networks[")
}

// passedOver tells, without decoding it, that a document in block style is of a
// kind that does not matter. Where there is any doubt it is decoded.
func passedOver(doc []byte) bool {
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

// neverMatters are the usual kinds that say nothing about who can reach whom.
func neverMatters(kind string) bool {
	switch strings.Trim(kind, `"'`) {
	case "ConfigMap", "Secret", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding",
		"CustomResourceDefinition", "PersistentVolume", "PersistentVolumeClaim", "StorageClass", "Event", "Endpoints",
		"HorizontalPodAutoscaler", "PodDisruptionBudget", "ValidatingWebhookConfiguration",
		"MutatingWebhookConfiguration", "PriorityClass", "Lease", "APIService", "LimitRange", "ResourceQuota",
		"IngressClass", "ServiceMonitor", "PodMonitor", "PrometheusRule", "Certificate", "Kustomization", "HelmRelease":
		return true
	}
	return false
}
