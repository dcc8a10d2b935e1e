// Package release knows Kubernetes releases: how their versions compare, which
// kubectl goes with which cluster, and which upgrades Catalyst Cloud offers.
package release
