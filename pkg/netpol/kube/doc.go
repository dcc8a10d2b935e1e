// Package kube holds the parts of Kubernetes objects that decide who can reach
// whom: slim copies of the API types with the API's own JSON names, so that a
// loader decodes straight into them. Specs of policies are complete, field for
// field, so that strict decoding can tell a misspelt field from a known one;
// everything else keeps only what the engine and the findings read.
//
// Nothing here applies defaults or checks values: that is the conversion's work
// (package rules and its converters), and it happens once for every source.
package kube
