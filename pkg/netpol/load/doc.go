// Package load reads the objects that decide who can reach whom: from files,
// folders, standard input and snapshots; package live adds the cluster itself.
//
// Nothing is dropped in silence. A document that is malformed, misspelt or
// contradicts itself is kept as a Refusal with its file, line and field; a
// policy of a kind that is not evaluated is kept by name; a resource that could
// not be read is kept with the reason. Documents of kinds that do not matter are
// left out without being decoded.
package load
