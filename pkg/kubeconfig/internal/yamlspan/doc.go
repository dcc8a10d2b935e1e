// Package yamlspan reads YAML into nodes that know the exact bytes they cover,
// so that a text can be edited without touching what stands around the edit. The
// yaml library tells the line and column where a node begins, not where it ends.
//
// To read in this order: node.go (what is found), text.go (strings), scanner.go
// (white space and comments), scalar.go, flow.go, block.go, and parse.go on top.
package yamlspan
