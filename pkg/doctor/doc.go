// Package doctor judges, step by step, what lies between a machine and a
// working cluster. It is given what was found and returns what that means and how
// to fix it. It asks nobody itself, but for ReadFacts, which reads the machinery in
// a cluster.
package doctor
