package kinds

import (
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/convert"
)

// Add adds a row to the table for the time of a test: a policy of this type under
// this name.
func Add[T any, P pointer[T]](t *testing.T, n Name, c func(*T, convert.Options) convert.Policy) {
	t.Helper()
	before := table
	t.Cleanup(func() { table = before })
	row := &Kind{Names: []Name{n}, Complete: true, Policy: true, Skips: true, List: otherList[T, P]().convertedBy(c)}
	table = append(table[:len(table):len(table)], row)
}
