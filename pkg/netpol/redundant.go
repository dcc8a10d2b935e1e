package netpol

import (
	"iter"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Redundant yields the rules that change nothing.
func (e *Engine) Redundant() iter.Seq[Redundancy] {
	return func(func(Redundancy) bool) {}
}

var _ = bits.None
var _ = ports.All
