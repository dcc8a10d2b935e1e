package cluster

import (
	"context"
	"errors"
	"net/http"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// IsTransient reports whether an error has nothing to do with what was asked for and
// may be gone at the next try: a network or a service that is away, a gateway
// or a login page in between, or too many questions at once.
func IsTransient(err error) bool {
	var (
		away      *magnum.Unavailable
		odd       *magnum.Malformed
		unreached *cloud.UnreachableError
		answered  *cloud.AnswerError
		refused   *magnum.Rejected
	)
	return errors.As(err, &away) || errors.As(err, &odd) || errors.As(err, &unreached) || errors.As(err, &answered) ||
		errors.As(err, &refused) && refused.Status == http.StatusTooManyRequests ||
		errors.Is(err, context.DeadlineExceeded)
}
