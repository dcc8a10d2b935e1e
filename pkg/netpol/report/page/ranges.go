package page

import (
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
)

// rangeText writes a range as people do: as a prefix where it is one.
func rangeText(r netpol.Range) string {
	for bits := 0; bits <= r.First.BitLen(); bits++ {
		p := netip.PrefixFrom(r.First, bits)
		if p.Masked().Addr() != r.First || addr.Last(p) != r.Last {
			continue
		}
		switch bits {
		case 0:
			return "every " + addr.Of(r.First).String() + " address"
		case r.First.BitLen():
			return r.First.String()
		}
		return p.String()
	}
	return r.First.String() + " – " + r.Last.String()
}
