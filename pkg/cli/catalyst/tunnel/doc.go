// Package tunnel holds the commands that keep a tunnel to a private API server up,
// and the hidden one that is the process behind it.
package tunnel
