package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/httpbound"
)

// maxFetched bounds what an address may answer with.
const maxFetched = 256 << 20

// maxRedirects is how many redirects are followed, as by kubectl.
const maxRedirects = 10

func isURL(path string) bool {
	return strings.HasPrefix(path, "https://") || strings.HasPrefix(path, "http://")
}

// readURL reads manifests from an address. Nothing but the address is sent: no
// credential, no cookie. Without TLS anybody on the way could change the answer.
func (c *Collector) readURL(ctx context.Context, address string, index int, transport http.RoundTripper) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return clierr.New(clierr.Usage, "as in -f https://example.org/policies.yaml", "%q is not an address", clipAddress(address))
	case u.User != nil:
		return clierr.New(clierr.Usage, "fetch the file yourself and pass it with -f -", "a user or password in the address of a file is not sent")
	case u.Scheme != "https":
		return clierr.New(clierr.Usage, "use https://, or fetch the file yourself and pass it with -f -", "%q is read without TLS, so anybody on the way could change it", address)
	}
	if transport == nil {
		transport = http.DefaultTransport
	}
	client := http.Client{Transport: httpbound.Transport(transport, httpbound.Limits{}), CheckRedirect: checkRedirect}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("reading %q: %w", address, err)
	}
	resp, err := client.Do(req)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // its text repeats the address
		}
		return clierr.WithHint(fmt.Errorf("reading %q: %w", address, err), "check the address and the network")
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return clierr.Errorf("open the address in a browser: it may need a login, which is not sent", "reading %q: the server answers %s", address, resp.Status)
	}
	body := &fetched{r: resp.Body, left: maxFetched}
	if err := c.Stream(body, address, index); err != nil {
		return fmt.Errorf("reading %q: %w", address, err)
	}
	return nil
}

// clipAddress leaves out what may be a password.
func clipAddress(address string) string {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		return "…" + address[at:]
	}
	return address
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	case req.URL.Scheme != "https":
		return errors.New("the server redirects to an address without TLS")
	}
	req.Header.Del("Referer")
	return nil
}

// fetched is an answer that ends in an error beyond its bound.
type fetched struct {
	r    io.Reader
	left int
}

func (f *fetched) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if f.left -= n; f.left < 0 {
		return 0, fmt.Errorf("the answer is longer than %d MiB", maxFetched>>20)
	}
	return n, err
}
