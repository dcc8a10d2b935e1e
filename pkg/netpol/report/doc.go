// Package report writes answers: who reaches whom, why, what changed, and what
// was found. Every format is written to an io.Writer as it comes, so that a map
// of a large cluster is never held as text.
package report
