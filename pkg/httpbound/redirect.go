package httpbound

import (
	"fmt"
	"net/http"
)

// RedirectError is an answer that points elsewhere. It is not followed, because
// the credential would go along.
type RedirectError struct{ To string }

func (e *RedirectError) Error() string {
	return fmt.Sprintf("it redirects to %s, where no credential is sent", e.To)
}

// Hint returns the next step for a person.
func (e *RedirectError) Hint() string {
	return "an API server does not redirect: check that the address and the proxy in the kubeconfig lead to it, and whether a login page or an aggregated API answers in its place"
}

// Redirect returns a *RedirectError for an answer that is a redirect, nil for any
// other. The error names scheme and host only: whatever else is in the address
// may be a secret, or made to mislead.
func Redirect(resp *http.Response) error {
	if resp.StatusCode < 300 || resp.StatusCode > 399 || resp.StatusCode == http.StatusNotModified {
		return nil
	}
	const longest = 256
	to, err := resp.Location()
	if err != nil || to.Host == "" || len(to.Host) > longest {
		return &RedirectError{To: "an address that cannot be read"}
	}
	return &RedirectError{To: to.Scheme + "://" + to.Host}
}
