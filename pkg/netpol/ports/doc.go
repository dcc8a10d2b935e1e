// Package ports holds sets of transport ports over several protocols, in one
// canonical form: two sets hold the same ports exactly when they are ==, so a
// set can be a map's key and a million equal answers can share one.
package ports
