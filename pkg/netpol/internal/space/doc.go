// Package space finds what the policies of a program tell apart in a cluster, and
// what each rule matches there.
//
// Pods that agree in everything a policy could look at are one row; rows that no
// policy of this program tells apart are one equivalence class. In each address
// family the entities are numbered through: classes of pods, hosts (addresses of
// nodes), and atoms (the address ranges between any two addresses that a policy
// names). A rule's peers are then a set of entities, and a verdict is made once
// for an entity instead of once for a pod.
package space
