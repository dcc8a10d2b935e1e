package support

import (
	"slices"
	"strings"
	"time"
)

// moment is an event with its time, past or future.
type moment struct {
	Time time.Time `json:"time"`
	What string    `json:"what"`
}

// newTimeline puts everything that has a time into one order.
func newTimeline(b *Bundle, now time.Time) []moment {
	list := []moment{{now.UTC(), "this report"}}
	add := func(text, what string) {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			list = append(list, moment{t.UTC(), what})
		}
	}
	cluster, _ := b.data("cluster").(fields)
	add(cluster.text("created_at"), "cluster created")
	add(cluster.text("updated_at"), "cluster last changed, now "+cluster.text("status"))
	template, _ := b.data("template").(fields)
	add(template.text("created_at"), "template created")
	add(template.text("updated_at"), "template last changed")
	if n, isNetwork := b.data("network").(networkReport); isNetwork && len(n.Chain) > 0 {
		list = append(list,
			moment{n.Chain[0].NotBefore, "API server's certificate valid from here"},
			moment{n.Chain[0].NotAfter, "API server's certificate ends"})
	}
	if k, isKubernetes := b.data("kubernetes").(*kubernetesReport); isKubernetes {
		for _, node := range k.Nodes {
			list = append(list, moment{node.Created.UTC(), "node " + node.Name + " joined"})
			list = append(list, changes(node)...)
		}
	}
	slices.SortStableFunc(list, func(a, b moment) int {
		if c := a.Time.Compare(b.Time); c != 0 {
			return c
		}
		return strings.Compare(a.What, b.What)
	})
	return list
}

// changes are the conditions of a node that are not as they should be.
func changes(n nodeReport) []moment {
	var list []moment
	for _, c := range n.Conditions {
		if healthy := (c.Type == "Ready") == (c.Status == "True"); !healthy {
			list = append(list, moment{c.Since.UTC(), joined("node "+n.Name+": "+c.Type+" is "+c.Status, c.Reason)})
		}
	}
	return list
}
