// Package cluster holds the commands that show, make and change clusters. What may
// be asked of a cluster is for pkg/cluster to say.
package cluster
