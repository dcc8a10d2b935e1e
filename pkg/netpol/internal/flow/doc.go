// Package flow makes the map of a model: every allowed flow between the peers of
// a grouping, the ranges of addresses outside among them, and how two maps differ.
package flow
