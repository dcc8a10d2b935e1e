// Package cluster holds the rules about the life of a cluster, from choosing a
// template to deleting it: what may be asked for, what its state means to a
// person, and how to wait for it. Magnum is asked through an interface; nothing
// here writes to a terminal or to a kubeconfig.
package cluster
