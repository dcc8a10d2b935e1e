// Package selector reads the selector language of Calico's policies and network
// sets: label == "value", label in {"a", "b"}, has(label), starts with, all(),
// joined by &&, || and !, with parentheses.
//
// The language is that of libcalico-go/lib/selector, versions 3.28 to 3.31; it is
// not that of Kubernetes' label selectors. Labels that are absent satisfy != and
// not in, and nothing else.
package selector
