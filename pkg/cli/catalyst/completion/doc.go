// Package completion holds the commands with which shells and kubectl complete the
// plugin.
package completion
