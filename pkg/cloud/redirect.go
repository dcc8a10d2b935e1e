package cloud

import (
	"fmt"
	"net/http"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// maxRedirects is how many redirects of one request are followed.
const maxRedirects = 5

// RedirectError is an answer that points to another server. It is not followed:
// Go would send the token along.
type RedirectError struct{ From, To string }

func (e *RedirectError) Error() string {
	return fmt.Sprintf("%s redirects to %s, where no token is sent", e.From, e.To)
}

// sameOrigin follows a redirect only to the same scheme, host and port, and only
// when the method stays the same.
func sameOrigin(req *http.Request, via []*http.Request) error {
	from := via[0]
	hint := fmt.Sprintf("use the address that %s means, or look for a proxy or a login page in between", from.URL.Host)
	switch {
	case req.URL.Scheme != from.URL.Scheme || req.URL.Host != from.URL.Host:
		to := req.URL.Scheme + "://" + req.URL.Host
		return clierr.WithHint(&RedirectError{From: from.URL.Scheme + "://" + from.URL.Host, To: to}, hint)
	case req.Method != from.Method:
		return clierr.Errorf(hint, "%s answers a %s with a redirect that drops the request", from.URL.Host, from.Method)
	case len(via) > maxRedirects:
		return clierr.Errorf(hint, "%s redirects in a circle", from.URL.Host)
	}
	return nil
}
