// Package verdict decides what every class of pods may exchange with every
// entity.
//
// The policies that select a class give it a profile in each direction: the
// entities divided into parts, and the ports allowed with each part. Classes
// selected by the same policies share a profile. A pair of entities may talk over
// the ports that the egress profile of the one and the ingress profile of the
// other both allow.
package verdict
