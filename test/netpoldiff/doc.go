// Package netpoldiff holds the policy engine against evaluators that other people
// wrote, on random clusters. It is a module of its own, so that what they need
// stays out of the programs. Its tests print their seed; where an evaluator is
// known to depart from the specification, a test of its own shows the departure,
// and docs/network-policy-disagreements.md says what settles it.
package netpoldiff
