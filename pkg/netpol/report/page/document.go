package page

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
)

// Focus is what a document begins with, after the verdict.
type Focus uint8

// The two commands' ways to begin.
const (
	Findings Focus = iota
	Map
)

// Document is what goes into the file.
type Document struct {
	// Source is where the objects come from: a context, a cluster, files. Each is a
	// line.
	Source []string
	Check  *report.Check
	First  Focus

	// Engine answers who reaches whom; nil where objects were refused.
	Engine    *netpol.Engine
	By        netpol.By
	Namespace string // show what begins or ends there; "" for all
	External  bool   // addresses outside the cluster too
}

func (d *Document) title() string {
	if len(d.Source) == 0 {
		return "Network policies"
	}
	return "Network policies: " + d.Source[0]
}
