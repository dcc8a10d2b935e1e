package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/spelling"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Input holds the objects that were read, and names what could not be.
type Input struct {
	Objects kube.Objects

	// Foreign are policies that are there but are not evaluated.
	Foreign []Foreign
	// Unknown are objects that make pods in a way that is not known here.
	Unknown []Foreign
	// Charts are folders of Helm charts, which were not rendered.
	Charts []string
	// NoObjects is how many documents in folders are no Kubernetes objects.
	NoObjects int
	// Unreadable are resources that the cluster did not show.
	Unreadable []Unreadable
	// Refused are documents that cannot be taken for what they say they are.
	Refused []Refusal
	// Cluster describes the live cluster, or the one of a snapshot;
	// nil for plain files.
	Cluster *Cluster

	positions positions
}

// Cluster holds what a cluster says about itself.
type Cluster struct {
	Server    string   `json:"server,omitempty"`  // of the API
	Version   string   `json:"version,omitempty"` // of Kubernetes
	APIGroups []string `json:"apiGroups"`         // that the API server serves, sorted
	// Resources are the custom resources served that matter here, as
	// "resource.group", sorted.
	Resources []string `json:"resources,omitempty"`
}

// Foreign is a policy of a kind that is not evaluated.
type Foreign struct {
	APIVersion string
	Ref        kube.Ref
	Origin     kube.Origin
	Reason     string // why, where it is not the kind
}

// String names the policy with its API group, and says that it does not count.
func (f Foreign) String() string {
	s := f.Ref.String() + " (" + f.APIVersion + ") is not evaluated"
	if f.Reason != "" {
		s += ": " + f.Reason
	}
	return s
}

// Unreadable is a resource that the cluster did not show.
type Unreadable struct {
	Resource  string `json:"resource"`            // as in "pods" or "tiers.projectcalico.org"
	Namespace string `json:"namespace,omitempty"` // "" for all of them or a cluster-wide resource
	Reason    string `json:"reason"`
	// Policies: it holds policies, or what they select by, so that an answer
	// without it is incomplete.
	Policies bool `json:"policies,omitempty"`
}

// String returns "pods in namespace x: reason".
func (u Unreadable) String() string {
	s := u.Resource
	if u.Namespace != "" {
		s += " in namespace " + u.Namespace
	}
	return s + ": " + u.Reason
}

// Refusal is a document that was not accepted.
type Refusal struct {
	File string
	Line int
	Ref  kube.Ref // as far as known
	Path string   // the field, as in "spec.ingress[0].from"; "" for the whole document
	Msg  string
}

func (r Refusal) Error() string {
	s := r.File
	if r.Line > 0 {
		s = fmt.Sprintf("%s:%d", r.File, r.Line)
	}
	if s != "" {
		s += ": "
	}
	if r.Ref.Kind != "" {
		s += r.Ref.String() + ": "
	}
	if r.Path != "" {
		s += r.Path + ": "
	}
	return s + r.Msg
}

// Incomplete lists why an answer about the input may leave something out, each a
// sentence; empty when nothing is known to be missing.
func (in *Input) Incomplete() []string {
	var out []string
	byKind := make(map[string][]Foreign)
	for _, f := range in.Foreign {
		key := f.APIVersion + " " + f.Ref.Kind
		byKind[key] = append(byKind[key], f)
	}
	for _, fs := range byKind {
		if len(fs) > 5 {
			out = append(out, fmt.Sprintf("%d policies of kind %s (%s) are not evaluated", len(fs), fs[0].Ref.Kind, fs[0].APIVersion))
			continue
		}
		for _, f := range fs {
			out = append(out, f.String())
		}
	}
	for _, f := range in.Unknown {
		out = append(out, f.Ref.String()+" ("+f.APIVersion+") "+f.Reason)
	}
	slices.Sort(out)
	for _, dir := range in.Charts {
		out = append(out, "folder "+dir+" is a Helm chart, which is not rendered; read it with: "+chartCommand(dir))
	}
	for _, u := range in.Unreadable {
		if u.Policies {
			out = append(out, "could not read "+u.String())
		}
	}
	return out
}

// Counts is how much was read.
type Counts struct {
	Namespaces, Nodes, Pods, Services int
	Policies                          int // that may be enforced
	Staged                            int // policies of Calico that nothing enforces
	// Unclear are documents and lists that may hold policies: refused, not
	// evaluated, or not shown by the cluster.
	Unclear int
}

// Counts counts what was read. Namespaces are those that are there as objects or
// hold a pod.
func (in *Input) Counts() Counts {
	o := &in.Objects
	c := Counts{Nodes: len(o.Nodes), Pods: len(o.Pods), Services: len(o.Services), Unclear: len(in.Refused) + len(in.Foreign)}
	c.Policies, c.Staged = kinds.CountPolicies(o)
	namespaces := make(map[string]bool)
	for i := range o.Namespaces {
		namespaces[o.Namespaces[i].Meta.Name] = true
	}
	for i := range o.Pods {
		namespaces[o.Pods[i].Meta.Namespace] = true
	}
	c.Namespaces = len(namespaces)
	for _, u := range in.Unreadable {
		if u.Policies && strings.Contains(u.Resource, "networkpolicies") {
			c.Unclear++
		}
	}
	return c
}

// MissingNamespace reports whether a namespace is not there, and the name of one
// that is there and differs least; "" for none near.
func (in *Input) MissingNamespace(name string) (nearest string, missing bool) {
	o := &in.Objects
	there := make(map[string]bool)
	for i := range o.Namespaces {
		there[o.Namespaces[i].Meta.Name] = true
	}
	for i := range o.Pods {
		there[o.Pods[i].Meta.Namespace] = true
	}
	for i := range o.Services {
		there[o.Services[i].Meta.Namespace] = true
	}
	for p := range kinds.Policies(o) {
		there[p.Ref().Namespace] = true
	}
	delete(there, "")
	unread := slices.ContainsFunc(in.Unreadable, func(u Unreadable) bool { return u.Resource == "namespaces" })
	if there[name] || len(there) == 0 || unread || len(in.Refused)+len(in.Foreign)+len(in.Unknown) > 0 {
		return "", false
	}
	for _, known := range slices.Sorted(maps.Keys(there)) {
		if d := spelling.Distance(name, known); d < 3 && (nearest == "" || d < spelling.Distance(name, nearest)) {
			nearest = known
		}
	}
	return nearest, true
}
