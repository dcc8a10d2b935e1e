// Package probe asks a cluster's data plane itself whether one workload reaches
// another: it puts short-lived pods in the place of the two, has one connect to
// the other, and takes everything away again.
//
// Such a pod borrows what policies select by (namespace, labels, service
// account, node, named ports) and must not be taken for the real one: it is
// never Ready, so that no Service sends traffic to it; it has an owner of its
// own that is its controller, so that no ReplicaSet or the like adopts or counts
// it, and which takes it along when it goes; it ends by itself after a while.
// What a connection met comes back in the pod's status, so that neither logs nor
// exec have to be allowed.
//
// A Plan (plan.go) holds the objects of one probe and a Canary (canary.go) those that
// show whether policies are enforced at all; a Prober (prober.go) carries both out.
package probe
