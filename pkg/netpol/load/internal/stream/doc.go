// Package stream cuts a stream of JSON or YAML into documents, and long lists
// into their items, holding no more than one of them in memory.
package stream
