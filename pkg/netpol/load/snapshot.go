package load

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/decode"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// SnapshotVersion and SnapshotKind are how a snapshot names itself. It is a list
// of objects with what the cluster said about itself beside them.
const (
	SnapshotVersion = "catalyst.cloud/v1"
	SnapshotKind    = "NetworkPolicySnapshot"
)

// header is a snapshot without its objects.
type header struct {
	APIVersion string       `json:"apiVersion"`
	Kind       string       `json:"kind"`
	Cluster    *Cluster     `json:"cluster"`
	Unreadable []Unreadable `json:"unreadable"`
	Foreign    []stranger   `json:"foreign"`
}

// stranger is a Foreign as a snapshot holds it: by name, since what it says
// could not be read.
type stranger struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
	Reason     string `json:"reason,omitempty"`
}

// isSnapshot reports whether the mapping is a snapshot's.
func isSnapshot(n tree.Node) bool {
	return string(n.Get("kind").Text()) == SnapshotKind && string(n.Get("apiVersion").Text()) == SnapshotVersion
}

// readHeader adds what a snapshot says besides its objects.
func (in *Input) readHeader(n tree.Node, d *decode.Decoder, file string) {
	var h header
	if _, err := d.Object(n, &h, decode.Near); err != nil {
		var r *decode.Refusal
		if errors.As(err, &r) {
			in.Refused = append(in.Refused, Refusal{File: file, Line: r.Line, Path: r.Path, Msg: r.Msg})
		}
		return
	}
	in.Cluster = h.Cluster
	in.Unreadable = append(in.Unreadable, h.Unreadable...)
	for _, f := range h.Foreign {
		in.Foreign = append(in.Foreign, Foreign{APIVersion: f.APIVersion, Reason: f.Reason,
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
	fmt.Fprintf(b.w, "{\n\"apiVersion\": %q,\n\"kind\": %q,\n\"metadata\": {},\n\"cluster\": ", SnapshotVersion, SnapshotKind)
	b.value(cluster)
	fmt.Fprint(b.w, ",\n\"unreadable\": ")
	b.value(unreadable)
	strangers := []stranger{}
	for _, f := range in.Foreign {
		strangers = append(strangers, stranger{f.APIVersion, f.Ref.Kind, f.Ref.Namespace, f.Ref.Name, f.Reason})
	}
	fmt.Fprint(b.w, ",\n\"foreign\": ")
	b.value(strangers)
	fmt.Fprint(b.w, ",\n\"items\": [")
	o := &in.Objects
	writeAll(b, "v1", "Namespace", o.Namespaces)
	writeAll(b, "v1", "Node", o.Nodes)
	for i := range o.Pods {
		pod := o.Pods[i]
		if owner := pod.Owner; owner.Kind != "" {
			pod.Meta.OwnerReferences = []kube.OwnerReference{{Kind: owner.Kind, Name: owner.Name, Controller: true}}
		}
		b.object("v1", "Pod", pod)
	}
	writeAll(b, "v1", "Service", o.Services)
	writeAll(b, "networking.k8s.io/v1", "NetworkPolicy", o.NetworkPolicies)
	writeAll(b, "policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", o.AdminNetworkPolicies)
	writeAll(b, "policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy", o.BaselineAdminNetworkPolicies)
	writeAll(b, "policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", o.ClusterNetworkPolicies)
	in.writeCalico(b)
	writeAll(b, "networking.k8s.io/v1", "Ingress", in.Ingresses)
	writeAll(b, "apps/v1", "DaemonSet", in.Agents)
	writeAll(b, "operator.tigera.io/v1", "TigeraStatus", in.Operators)
	for i := range in.Routes {
		b.object("gateway.networking.k8s.io/v1", in.Routes[i].Kind, in.Routes[i])
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
	b.put(data)
}

// put writes; what goes wrong, Flush reports.
func (b *snapshotWriter) put(data []byte) { _, _ = b.w.Write(data) }

// object writes v, a struct, with its apiVersion and kind in front.
func (b *snapshotWriter) object(apiVersion, kind string, v any) {
	data, err := json.Marshal(v)
	if b.err == nil {
		b.err = err
	}
	if err != nil {
		return
	}
	if b.begun {
		b.put([]byte{','})
	}
	b.begun = true
	fmt.Fprintf(b.w, "\n{\"apiVersion\":%q,\"kind\":%q,", apiVersion, kind)
	b.put(data[1:])
}

func writeAll[T any](b *snapshotWriter, apiVersion, kind string, list []T) {
	for i := range list {
		b.object(apiVersion, kind, list[i])
	}
}
