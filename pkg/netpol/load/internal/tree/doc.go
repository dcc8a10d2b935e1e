// Package tree reads a JSON or YAML document into one kind of tree in which
// every value knows its line. YAML scalars mean what they mean to kubectl
// (YAML 1.1: an unquoted y, yes or on is a boolean), a key may occur once, and
// size, depth and the expansion of aliases are bounded, so that no document
// costs more than a small multiple of its length.
//
// A Doc is reused from document to document: its nodes are valid until the next
// Parse.
package tree
