// Package kinds is the table of the kinds of objects that are read: under which
// names, how strictly, what becomes of repeats and of an older state, and, for
// policies, what turns them into rules. Reading files and clusters, comparing
// states, snapshots, findings and counts all go by it, so a kind is added by
// writing its Go type (package kube), its converter (package convert) and a row
// here, with otherList for the list of its objects.
package kinds
