package magnum

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
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

// readAnswer reads the body of resp, whole or not at all.
func readAnswer(method string, resp *http.Response) (answer, error) {
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

// detail returns the reason that Magnum, its token middleware or Keystone gives for a
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

// countsNoMasters reports whether Magnum refused to describe a cluster because it
// finds no masters. There are two reasons: the token belongs to no project, which
// stays so; or the cluster is being deleted, whose node groups go a moment before
// it does, and then even a list of all clusters is refused.
func (a answer) countsNoMasters() bool {
	return a.status == http.StatusBadRequest && strings.Contains(a.detail(), "master_count")
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
