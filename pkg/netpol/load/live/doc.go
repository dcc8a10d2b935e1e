// Package live reads what decides who can reach whom from a cluster: pages of
// JSON, a few lists at a time, straight into the loader. What a role may not list
// for the whole cluster is read namespace by namespace, and what it may not read
// at all is named.
package live
