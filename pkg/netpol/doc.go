// Package netpol answers who can reach whom under network policies: exactly, for
// every pod, port and address range, and with the rules that decide.
//
// It is pure: objects in, answers out, no I/O. An Engine answers Flows (the whole
// map, lazily), Explain (one flow with its deciding rules), Connections (one pair)
// and the facts that findings are made of (Policies, Isolated, External,
// Redundant, Tiers); Diff compares two states.
//
// # From objects to a verdict
//
// The packages below, in the order in which to read them, which is the order in
// which they import each other:
//
//  1. internal/convert turns policies of every kind into tiers of rules, whose form
//     is in internal/rules. What follows knows nothing of any API.
//  2. internal/program compiles the tiers: distinct selectors, ports and names
//     once. internal/inventory indexes the pods, nodes and namespaces.
//  3. internal/space divides the cluster by what the policies tell apart. Pods that
//     agree in namespace, labels, port names and place among the addresses, as far
//     as any policy could look at them, are one row. Rows that no policy of this
//     program tells apart are one equivalence class. Classes of pods, hosts
//     (addresses of nodes) and atoms (address ranges between two addresses that
//     policies name) are the entities of an address family.
//  4. internal/verdict gives each class a profile in each direction: the entities
//     divided into parts, and the ports allowed with each. Two entities may talk
//     over the ports that the egress profile of the one and the ingress profile of
//     the other both allow.
//  5. internal/flow puts the pods back in: a unit is what the map shows, a
//     workload, a pod or a namespace, with the entities of its pods.
//     internal/explain walks the rules down for one pair, internal/analysis looks
//     at the policies themselves.
//
// # Four pods
//
// In namespace shop run web-1 and web-2 (app=web) and db (app=db), in namespace
// ops runs probe. One NetworkPolicy selects app=db in shop and lets app=web in on
// TCP 5432.
//
// The program has one policy, one rule and two selectors, and names no address.
// web-1 and web-2 are one row: no policy could tell them apart. So there are
// three rows, here also three classes (web, db, probe), and since no policy names
// an address one atom, all of IPv4: four entities. The ingress profile of db has
// one part, {web}: TCP 5432, and allows the rest nothing. The other classes, and
// all of them for egress, share the profile without a policy, which allows
// everything. Of web → db there remains TCP 5432, of probe → db nothing. The
// example of New prints the map.
package netpol
