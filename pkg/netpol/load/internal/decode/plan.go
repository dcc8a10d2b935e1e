package decode

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/spelling"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// plan holds the fields of a struct type, as the decoder needs them.
type plan struct {
	fields  []field
	line    int // index of a field Line for the object's line; -1: none
	meta    bool
	also    []string          // fields of the API that the slim type leaves out
	nearest map[string]string // what unknown fields look like a misspelling of
}

type field struct {
	name   string
	step   step
	index  int
	unique bool // its value rarely repeats: not worth remembering
}

var metaType = reflect.TypeFor[kube.Meta]()

func (d *Decoder) plan(t reflect.Type) *plan {
	if p, ok := d.plans[t]; ok {
		return p
	}
	p := &plan{line: -1, meta: t == metaType, also: slices.Clone(others[t]), nearest: make(map[string]string)}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" && f.Name == "Line":
			p.line = i
		case name != "-" && name != "":
			p.fields = append(p.fields, field{name, stepTo(name), i, name == "uid" || name == "podIP" || name == "ip" || p.meta && name == "name"})
		}
		if name == "metadata" {
			p.also = append(p.also, "apiVersion", "kind", "status")
		}
	}
	d.plans[t] = p
	return p
}

// others are fields of the API that the slim types leave out but that must not
// be taken for misspelt ones.
var others = map[reflect.Type][]string{
	reflect.TypeFor[kube.Meta](): {"creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "finalizers",
		"generateName", "generation", "managedFields", "resourceVersion", "selfLink", "clusterName"},
	reflect.TypeFor[kube.OwnerReference](): {"blockOwnerDeletion"},
	reflect.TypeFor[kube.PodSpec](): {"activeDeadlineSeconds", "affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy",
		"enableServiceLinks", "ephemeralContainers", "hostAliases", "hostIPC", "hostPID", "hostUsers", "hostname",
		"hostnameOverride", "imagePullSecrets", "nodeSelector", "os", "overhead", "preemptionPolicy", "priority",
		"priorityClassName", "readinessGates", "resourceClaims", "resources", "restartPolicy", "runtimeClassName",
		"schedulerName", "schedulingGates", "securityContext", "serviceAccount", "setHostnameAsFQDN",
		"shareProcessNamespace", "subdomain", "terminationGracePeriodSeconds", "tolerations",
		"topologySpreadConstraints", "volumes"},
	reflect.TypeFor[kube.ContainerPort](): {"hostIP", "hostPort"},
	reflect.TypeFor[kube.ServicePort]():   {"appProtocol"},
	reflect.TypeFor[kube.ServiceSpec]():   {"internalTrafficPolicy"},
}

func (d *Decoder) structure(n tree.Node, v reflect.Value, p *plan) *Refusal {
	if n.Kind() != tree.Map {
		return wrong(n, "a mapping")
	}
	if p.line >= 0 {
		v.Field(p.line).SetInt(int64(n.Line()))
	}
	next := 0 // fields usually come in the order of the last object
	for e := range n.All() {
		at := p.find(e.Key(), next)
		if at < 0 {
			if r := d.unknownField(e, p); r != nil {
				return r
			}
			continue
		}
		next = at + 1
		if r := d.field(e, v, p, &p.fields[at]); r != nil {
			r.Path = "." + p.fields[at].name + r.Path
			return r
		}
	}
	return nil
}

func (d *Decoder) field(e tree.Node, v reflect.Value, p *plan, f *field) *Refusal {
	defer d.positions.enter(f.step, e.Line()).leave()
	target := v.Field(f.index)
	switch {
	case f.unique && e.Kind() == tree.String:
		target.SetString(string(e.Text()))
		return nil
	case p.meta && f.name == "annotations" && e.Kind() == tree.Map:
		return d.labels(e, target, d.WantsAnnotation)
	}
	return d.value(e, target)
}

func (p *plan) find(key []byte, from int) int {
	for i := range p.fields {
		at := from + i
		if at >= len(p.fields) {
			at -= len(p.fields)
		}
		if p.fields[at].name == string(key) {
			return at
		}
	}
	return -1
}

func (d *Decoder) unknownField(e tree.Node, p *plan) *Refusal {
	for _, name := range p.also {
		if name == string(e.Key()) {
			return nil
		}
	}
	if !d.mode.Strict {
		if d.mode.Complete {
			d.unknown = append(d.unknown, string(e.Key()))
		}
		return nil
	}
	meant := p.meantBy(string(e.Key()))
	if !d.mode.Complete && !p.meta && meant == "" {
		return nil
	}
	msg := fmt.Sprintf("there is no field %q here", clip(e.Key()))
	if meant != "" {
		msg += fmt.Sprintf("; did you mean %q?", meant)
	}
	return &Refusal{Line: e.Line(), Path: "." + clip(e.Key()), Msg: msg}
}

// meantBy returns the field that key looks like a misspelling of, or "".
func (p *plan) meantBy(key string) string {
	if name, ok := p.nearest[key]; ok {
		return name
	}
	name := p.findNearest(key)
	if len(p.nearest) < 1000 {
		p.nearest[key] = name
	}
	return name
}

func (p *plan) findNearest(key string) string {
	best, dist := "", 3
	for _, f := range p.fields {
		d := spelling.Distance(key, f.name)
		if strings.EqualFold(key, f.name) {
			d = 0
		}
		if d < dist && d <= len(f.name)/4 {
			best, dist = f.name, d
		}
	}
	return best
}
