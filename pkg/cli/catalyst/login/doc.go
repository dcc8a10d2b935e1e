// Package login holds the commands that log in to clusters and out of them. The
// login itself is pkg/login's work.
package login
