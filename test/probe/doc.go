// Package probe holds 'network-policy probe' to real clusters: the real API server
// and controllers, Calico's real data plane or none at all, the real agnhost, and
// a stand-in for the kubelet that puts them together.
package probe
