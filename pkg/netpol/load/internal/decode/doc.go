// Package decode fills slim objects from a tree and refuses what an API server's
// strict validation would refuse: unknown fields, wrong types, entries that are
// null. Every refusal names the line and the field.
package decode
