package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// AnswerError is an answer that did not come from an OpenStack service, or not
// whole: a proxy's page, half a JSON text, a gateway that lost its backend.
type AnswerError struct {
	Host   string
	Status int
	Reason string
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("%s answered %d %s: %s", e.Host, e.Status, http.StatusText(e.Status), e.Reason)
}

// keystone returns a client for Keystone's version 3, which an address without
// a version is first asked for.
func (c *Cloud) keystone(ctx context.Context) (*gophercloud.ServiceClient, error) {
	hc, err := c.httpClient(place{})
	if err != nil {
		return nil, err
	}
	hc.Transport = onlyJSON{hc.Transport}
	base := gophercloud.NormalizeURL(c.id.AuthURL)
	sc := &gophercloud.ServiceClient{ProviderClient: c.provider(hc), Endpoint: base + "v3/", Type: "identity"}
	if c.versioned {
		return sc, nil
	}
	var versions struct {
		Versions struct {
			Values []struct{ ID string }
		}
	}
	resp, err := sc.Get(ctx, base, &versions, &gophercloud.RequestOpts{OkCodes: []int{http.StatusOK, http.StatusMultipleChoices}})
	if resp != nil {
		resp.Body.Close()
	}
	var status gophercloud.ErrUnexpectedResponseCode
	var answer *AnswerError
	switch {
	case errors.As(err, &status), errors.As(err, &answer) && answer.Status < http.StatusInternalServerError:
		return sc, nil // an address that lists no versions may still have this one below it
	case err != nil:
		return nil, Explain(err)
	}
	for _, v := range versions.Versions.Values {
		if strings.HasPrefix(v.ID, "v3") {
			return sc, nil
		}
	}
	return nil, clierr.Errorf("check auth_url in clouds.yaml or OS_AUTH_URL", "%s offers no version 3 of the identity service", hostOf(base))
}

// onlyJSON lets nothing but whole JSON answers through, because whatever is
// read of them decides about a sign-in. A 401 passes with any body, and a 204,
// which has none, answers the revoking of a token.
type onlyJSON struct{ next http.RoundTripper }

func (o onlyJSON) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := o.next.RoundTrip(req)
	if err != nil || isRedirect(resp.StatusCode) {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	bad := &AnswerError{Host: req.URL.Host, Status: resp.StatusCode}
	var large *TooLargeError
	switch {
	case errors.As(err, &large):
		return nil, clierr.WithHint(large, behind)
	case err != nil:
		bad.Reason = "the answer breaks off: " + causeOf(err)
	case resp.StatusCode >= http.StatusInternalServerError:
		bad.Reason = "the service or a gateway before it has a problem"
		return nil, clierr.WithHint(bad, "try again in a while")
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusNoContent, json.Valid(body):
		resp.Body = io.NopCloser(bytes.NewReader(body))
		return resp, nil
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte{'<'}):
		bad.Reason = "a web page instead of JSON"
	default:
		bad.Reason = "not the JSON of an OpenStack service"
	}
	return nil, clierr.WithHint(bad, behind)
}

const behind = "check the auth URL, and whether a proxy or a login page answers in place of the identity service"

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// keystoneMessage returns what Keystone says about a refusal, on one line and
// short enough to read; "" when it says nothing.
func keystoneMessage(body []byte) string {
	var answer struct {
		Error struct{ Message string }
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	m := clierr.Clean(answer.Error.Message)
	if len(m) > 300 {
		m = strings.ToValidUTF8(m[:300], "") + "…"
	}
	return m
}

// hasVersion reports whether an auth URL names a version of the API.
func hasVersion(raw string) bool {
	u, err := url.Parse(strings.TrimSpace(raw))
	return err == nil && (strings.Contains(u.Path, "/v3") || strings.Contains(u.Path, "/v2.0"))
}
