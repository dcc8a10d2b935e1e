package support

import (
	"slices"
	"strings"
	"time"
)

// Moment is something that happened, or will.
type Moment struct {
	Time time.Time `json:"time"`
	What string    `json:"what"`
}

// timeline puts everything that has a time into one order.
func timeline(b *Bundle, now time.Time) []Moment {
	list := []Moment{{now.UTC(), "this report"}}
	add := func(text, what string) {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			list = append(list, Moment{t.UTC(), what})
		}
	}
	cluster, _ := b.data("cluster").(Fields)
	add(cluster.text("created_at"), "cluster created")
	add(cluster.text("updated_at"), "cluster last changed, now "+cluster.text("status"))
	template, _ := b.data("template").(Fields)
	add(template.text("created_at"), "template created")
	add(template.text("updated_at"), "template last changed")
	if n, isNetwork := b.data("network").(Network); isNetwork && len(n.Chain) > 0 {
		list = append(list,
			Moment{n.Chain[0].NotBefore, "API server's certificate valid from here"},
			Moment{n.Chain[0].NotAfter, "API server's certificate ends"})
	}
	if k, isKubernetes := b.data("kubernetes").(*Kubernetes); isKubernetes {
		for _, node := range k.Nodes {
			list = append(list, Moment{node.Created.UTC(), "node " + node.Name + " joined"})
			list = append(list, changes(node)...)
		}
	}
	slices.SortStableFunc(list, func(a, b Moment) int {
		if c := a.Time.Compare(b.Time); c != 0 {
			return c
		}
		return strings.Compare(a.What, b.What)
	})
	return list
}

// changes are the conditions of a node that are not as they should be.
func changes(n Node) []Moment {
	var list []Moment
	for _, c := range n.Conditions {
		if healthy := (c.Type == "Ready") == (c.Status == "True"); !healthy {
			list = append(list, Moment{c.Since.UTC(), joined("node "+n.Name+": "+c.Type+" is "+c.Status, c.Reason)})
		}
	}
	return list
}
