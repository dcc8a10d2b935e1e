// Package inventory indexes the objects that policies speak of: pods, nodes,
// namespaces, service accounts and services, with the addresses they have.
package inventory
