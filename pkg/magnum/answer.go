package magnum

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxBody bounds an answer. A thousand clusters with all their fields are
// about 2 MB; more than this is not Magnum.
const maxBody = 16 << 20

// answer is a response whose body has been read.
type answer struct {
	method string
	status int
	header http.Header
	body   []byte
}

// read takes the body of resp, whole or not at all.
func read(method string, resp *http.Response) (answer, error) {
	a := answer{method: method, status: resp.StatusCode, header: resp.Header}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return a, fmt.Errorf("reading the answer: %w", err)
	}
	if len(body) > maxBody {
		return a, &Malformed{Reason: fmt.Sprintf("it is larger than %d MiB", maxBody>>20)}
	}
	a.body = body
	return a, nil
}

// detail returns what Magnum, its token middleware or Keystone says about a
// refusal: `errors[].detail`, `errors[].description` (406) or `error.message`
// (401). It is empty when something else answered, such as a proxy.
func (a answer) detail() string {
	for _, e := range a.errors() {
		for _, s := range []string{e.Detail, e.Description, e.Title} {
			if s != "" {
				return shorten(s)
			}
		}
	}
	var middleware struct {
		Error struct{ Message string }
	}
	if json.Unmarshal(a.body, &middleware) == nil {
		return shorten(middleware.Error.Message)
	}
	return ""
}

// maxVersion returns the highest microversion that a 406 names, or "".
func (a answer) maxVersion() string {
	for _, e := range a.errors() {
		if numbers(e.MaxVersion) != nil {
			return e.MaxVersion
		}
	}
	return ""
}

type magnumError struct {
	Title, Detail, Description string
	MaxVersion                 string `json:"max_version"`
}

func (a answer) errors() []magnumError {
	var body struct{ Errors []magnumError }
	if json.Unmarshal(a.body, &body) != nil {
		return nil
	}
	return body.Errors
}

// requestID returns the id under which the cloud's operators find the request.
func (a answer) requestID() string {
	return shorten(a.header.Get("X-Openstack-Request-Id"))
}

// decode reads a successful answer into out, which may be nil.
func (c *Client) decode(a answer, out any) error {
	if out == nil {
		return nil
	}
	err := json.Unmarshal(a.body, out)
	if err == nil {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	var syntax *json.SyntaxError
	switch {
	case kind != "" && kind != "application/json":
		return c.malformed(&Malformed{Reason: fmt.Sprintf("it is %s, not JSON", kind)})
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(a.body)):
		return c.malformed(&Malformed{Reason: "the JSON in it ends too early"})
	}
	return c.malformed(&Malformed{Reason: "it is not the JSON that was expected", Err: err})
}

// worthRepeating reports whether a GET may be sent again: the connection broke,
// or a gateway in front of Magnum lost it.
func worthRepeating(a answer, err error) bool {
	var op *net.OpError
	switch {
	case err == nil:
		return a.status == http.StatusBadGateway || a.status == http.StatusServiceUnavailable ||
			a.status == http.StatusGatewayTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	case errors.As(err, &op):
		return op.Op == "read" && !op.Timeout() // how a reset looks on every system
	}
	return false
}

// maxHalfDeletedTries is how often a GET that meets a half-deleted cluster is sent
// again.
const maxHalfDeletedTries = 5

// countsNoMasters reports whether Magnum refused to describe a cluster because it
// finds no masters. There are two reasons: the token belongs to no project, which
// stays so; or the cluster is being deleted, whose node groups go a moment before
// it does, and then even a list of all clusters is refused.
func (a answer) countsNoMasters() bool {
	return a.status == http.StatusBadRequest && strings.Contains(a.detail(), "master_count")
}

// rest waits a moment, so that a gateway has one, and reports whether there is
// still somebody to answer.
func rest(ctx context.Context) bool {
	pause := time.NewTimer(200 * time.Millisecond)
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// numbers splits a version such as "1.10" into its parts, or returns nil.
func numbers(version string) []int {
	var parts []int
	for s := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return nil
		}
		parts = append(parts, n)
	}
	return parts
}

// shorten keeps a foreign text from filling the screen.
func shorten(s string) string {
	const most = 300
	s = strings.TrimSpace(s)
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
