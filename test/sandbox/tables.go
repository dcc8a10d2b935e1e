package sandbox

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// column is one of those that kubectl prints for a kind.
type column struct {
	title string
	cell  func(object) any
}

// wantsTable reports whether the client would rather have the objects as a table,
// which kubectl does for people.
func wantsTable(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "as=Table")
}

// table writes objects as kubectl prints them.
func (res resource) table(items []object, now time.Time) object {
	columns := []object{definition("Name", "name")}
	for _, c := range res.columns {
		columns = append(columns, definition(c.title, ""))
	}
	columns = append(columns, definition("Age", ""))
	rows := []object{}
	for _, o := range items {
		meta := o["metadata"].(object)
		cells := []any{meta["name"]}
		for _, c := range res.columns {
			cells = append(cells, fmt.Sprint(c.cell(o)))
		}
		rows = append(rows, object{"cells": append(cells, age(meta, now)), "object": object{
			"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": meta}})
	}
	return object{"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": object{"resourceVersion": "1000"},
		"columnDefinitions": columns, "rows": rows}
}

func definition(title, format string) object {
	return object{"name": title, "type": "string", "format": format, "description": title, "priority": 0}
}

// age is how long ago something was made.
func age(meta object, now time.Time) string {
	made, err := time.Parse(time.RFC3339, fmt.Sprint(meta["creationTimestamp"]))
	if err != nil {
		return "<unknown>"
	}
	return fmt.Sprintf("%dm", int(now.Sub(made).Minutes()))
}

// at returns what stands at a path of names and positions, or nil.
func at(value any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			inner, _ := value.(object)
			value = inner[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

// selector returns what a policy is about, as kubectl prints it.
func selector(o object) any {
	labels, _ := at(o, "spec", "podSelector", "matchLabels").(object)
	pairs := []string{}
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, fmt.Sprint(name, "=", labels[name]))
	}
	return cmp.Or(strings.Join(pairs, ","), "<none>")
}

// role returns what a node is for, as its label says.
func role(o object) any {
	labels, _ := at(o, "metadata", "labels").(object)
	for label := range labels {
		if name, ok := strings.CutPrefix(label, "node-role.kubernetes.io/"); ok {
			return name
		}
	}
	return "<none>"
}
