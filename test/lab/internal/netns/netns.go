// Package netns makes network namespaces, connects them and works inside them.
//
// A namespace has no name: this process holds it by a file, so that it ends, with
// its interfaces, when the process does.
package netns
