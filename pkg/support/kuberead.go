package support

import (
	"context"
	"slices"
)

func (k Kubectl) nodes(ctx context.Context, name string, into *Kubernetes) error {
	var list struct{ Items []nodeObject }
	if err := k.run(ctx, &list, "get", "nodes", "--context", name); err != nil {
		return err
	}
	for _, o := range list.Items {
		n := Node{
			Name: o.Metadata.Name, Created: o.Metadata.CreationTimestamp, Kubelet: o.Status.NodeInfo.KubeletVersion,
			Image: o.Status.NodeInfo.OSImage, Cordoned: o.Spec.Unschedulable, Capacity: o.Status.Capacity,
			Conditions: conditions(o.Status.Conditions), Addresses: []string{},
		}
		for _, t := range o.Spec.Taints {
			n.Taints = append(n.Taints, t.Key+"="+t.Value+":"+t.Effect)
		}
		for _, a := range o.Status.Addresses {
			n.Addresses = append(n.Addresses, a.Type+" "+a.Address)
		}
		into.Nodes = append(into.Nodes, n)
	}
	return nil
}

func (k Kubectl) warnings(ctx context.Context, name string, into *Kubernetes) error {
	var list struct{ Items []eventObject }
	if err := k.run(ctx, &list, "get", "events", "--context", name, "-A", "--field-selector", "type=Warning"); err != nil {
		return err
	}
	for _, o := range list.Items {
		into.Warnings = append(into.Warnings, Event{
			Last: o.last(), Count: o.count(), Namespace: o.Metadata.Namespace,
			Object: o.InvolvedObject.Kind + "/" + o.InvolvedObject.Name, Reason: o.Reason, Message: o.Message,
		})
	}
	slices.SortStableFunc(into.Warnings, func(a, b Event) int { return b.Last.Compare(a.Last) })
	if n := len(into.Warnings); n > maxWarnings {
		into.Warnings, into.Dropped = into.Warnings[:maxWarnings], n-maxWarnings
	}
	return nil
}

func (k Kubectl) pods(ctx context.Context, name, namespace string) ([]Pod, error) {
	var list struct{ Items []podObject }
	if err := k.run(ctx, &list, "get", "pods", "--context", name, "-n", namespace); err != nil {
		return nil, err
	}
	var pods []Pod
	for _, o := range list.Items {
		if o.ready() {
			continue
		}
		p := Pod{
			Namespace: namespace, Name: o.Metadata.Name, Node: o.Spec.NodeName, Phase: o.Status.Phase,
			Created: o.Metadata.CreationTimestamp, Conditions: conditions(o.Status.Conditions), Containers: []Container{},
		}
		for _, c := range slices.Concat(o.Status.InitContainerStatuses, o.Status.ContainerStatuses) {
			p.Containers = append(p.Containers, Container{c.Name, c.Image, c.Ready, c.RestartCount, c.State.text(), c.LastState.text()})
		}
		pods = append(pods, p)
	}
	return pods, nil
}
