package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Shape is a JSON value without its values: for each path, such as
// .clusters[].uuid, the kinds of what stands there.
type Shape map[string]map[string]bool

// free are objects whose names are data: labels, and what is keyed by node
// group or by a component of the cluster.
func free(path string) bool {
	for _, name := range []string{"labels", "labels_added", "labels_overridden", "labels_skipped", "health_status_reason", "faults"} {
		if strings.HasSuffix(path, "."+name) {
			return true
		}
	}
	return false
}

func shapeOf(value any) Shape {
	s := Shape{}
	s.add("", value)
	return s
}

func (s Shape) add(path string, value any) {
	kind := kindOf(value)
	if s[path] == nil {
		s[path] = map[string]bool{}
	}
	s[path][kind] = true
	switch value := value.(type) {
	case map[string]any:
		if free(path) {
			return
		}
		for name, inner := range value {
			s.add(path+"."+name, inner)
		}
	case []any:
		for _, inner := range value {
			s.add(path+"[]", inner)
		}
	}
}

func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "list"
	}
	return "object"
}

// differences compares two shapes. A null says nothing about what could stand
// in its place, and an empty list nothing about its members.
func (s Shape) differences(other Shape) []string {
	paths := maps.Clone(s)
	maps.Copy(paths, other)
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		one, two := s.kinds(path), other.kinds(path)
		if one != "" && two != "" && one != two {
			lines = append(lines, fmt.Sprintf("%s is %s and %s", path, one, two))
		}
		if s.open(path) || other.open(path) {
			continue
		}
		if len(s[path]) == 0 || len(other[path]) == 0 {
			lines = append(lines, fmt.Sprintf("%s stands in one of them only", path))
		}
	}
	return lines
}

// kinds names what stands at a path but for nulls; "" is nothing.
func (s Shape) kinds(path string) string {
	kinds := slices.Sorted(maps.Keys(s[path]))
	return strings.Join(slices.DeleteFunc(kinds, func(k string) bool { return k == "null" }), " or ")
}

// open reports whether nothing is known about a path, because what holds it is
// null or an empty list, or is itself not known.
func (s Shape) open(path string) bool {
	if len(s[path]) > 0 || path == "" {
		return false
	}
	parent, isMember := strings.CutSuffix(path, "[]")
	if isMember {
		return s[parent]["list"] || s[parent]["null"] || s.open(parent)
	}
	parent = path[:strings.LastIndexByte(path, '.')]
	return s[parent]["null"] && len(s[parent]) == 1 || s.open(parent)
}
