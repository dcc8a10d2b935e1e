package felix

import (
	"context"
	"errors"
	"fmt"
)

// Apply makes objects be as the YAML documents say, whether they exist or not.
// Calico's objects may be written as projectcalico.org/v3 or as
// crd.projectcalico.org/v1.
func (n *Node) Apply(ctx context.Context, manifests []byte) error {
	all, err := decode(manifests)
	if err != nil {
		return err
	}
	for _, o := range all {
		if err := n.apply(ctx, o); err != nil {
			return fmt.Errorf("applying %s %s: %w", o.text("kind"), o.text("metadata", "name"), err)
		}
	}
	return nil
}

// apply applies an object and what a controller of a whole cluster would add.
func (n *Node) apply(ctx context.Context, o object) error {
	switch o.text("kind") {
	case "Namespace":
		if err := n.objects.apply(ctx, owner, o); err != nil {
			return err
		}
		return n.objects.apply(ctx, canaryOwner, object{"apiVersion": "v1", "kind": "ServiceAccount",
			"metadata": map[string]any{"name": "default", "namespace": o.text("metadata", "name")}})
	case "Pod":
		return errors.New("pods are made by CreatePod, which gives them a network")
	}
	return n.objects.apply(ctx, owner, o)
}

// Delete deletes the objects that the YAML documents name.
func (n *Node) Delete(ctx context.Context, manifests []byte) error {
	all, err := decode(manifests)
	if err != nil {
		return err
	}
	for _, o := range all {
		if err := n.objects.remove(ctx, o); err != nil {
			return fmt.Errorf("deleting %s %s: %w", o.text("kind"), o.text("metadata", "name"), err)
		}
	}
	return nil
}

// Label sets labels of an object of the core API; a nil removes one.
func (n *Node) Label(ctx context.Context, kind, namespace, name string, labels map[string]*string) error {
	return n.objects.merge(ctx, object{"apiVersion": "v1", "kind": kind,
		"metadata": map[string]any{"namespace": namespace, "name": name, "labels": labels}}, "")
}
