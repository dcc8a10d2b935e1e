package load

import "github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/decode"

// Distance is how many letters have to be changed, added, left out or swapped
// with their neighbour to turn a into b, counted up to 3.
func Distance(a, b string) int { return decode.Distance(a, b) }
