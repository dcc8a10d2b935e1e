// Package lint finds what is wrong with network policies: rules with stable ids,
// each finding about one object, in one sentence, with the YAML that corrects it
// where there is one.
package lint
