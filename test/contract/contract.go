// Package contract asks clouds the questions that our programs ask, and some
// that they should not, and compares the answers. It keeps the embedded cloud
// of test/sandbox honest: what a real Keystone and a real Magnum answer, it has
// to answer too, in status and in the shape of the JSON.
package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Cloud is where to ask, and as whom: alice, bob, carol, admin and appcred, the
// application credential of alice, with the clusters of the test beds.
type Cloud struct {
	KeystoneURL  string            // with /v3
	MagnumURL    string            // with /v1
	Secrets      map[string]string // passwords, and the secret of appcred
	CredentialID string            // that of appcred
	ClusterAPI   bool              // Magnum has a driver for Cluster API, and is asked what that changes
}

// Answer is what a cloud said to one question.
type Answer struct {
	Name   string
	Status int
	Shape  Shape
}

// patience is how long an answer may take to become the one that is wanted: a
// cluster has to come up.
const patience = 5 * time.Minute

// Ask puts all questions to a cloud, in order. Where the status of an answer is
// not what the question's author documented, that is an error.
func Ask(ctx context.Context, c Cloud) ([]Answer, error) {
	s := &session{Cloud: c, known: map[string]string{"credential": c.CredentialID}}
	for name, secret := range c.Secrets {
		s.known[name+"'s secret"] = secret
	}
	var answers []Answer
	var errs []error
	asked := questions()
	if c.ClusterAPI {
		asked = questionsOfClusterAPI()
	}
	for _, q := range asked {
		a, err := s.ask(ctx, q)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", q.name, err))
			continue
		}
		answers = append(answers, a)
	}
	return answers, errors.Join(errs...)
}

// Differences says in lines where two clouds answered the same questions
// differently. It is empty when they agree.
func Differences(a, b []Answer) []string {
	byName := map[string]Answer{}
	for _, answer := range b {
		byName[answer.Name] = answer
	}
	var lines []string
	for _, one := range a {
		other, ok := byName[one.Name]
		switch {
		case !ok:
			lines = append(lines, one.Name+": only one of them answered")
			continue
		case one.Status != other.Status:
			lines = append(lines, fmt.Sprintf("%s: status %d and %d", one.Name, one.Status, other.Status))
		}
		for _, d := range one.Shape.differences(other.Shape) {
			lines = append(lines, one.Name+": "+d)
		}
	}
	return lines
}

// session remembers tokens and ids between questions.
type session struct {
	Cloud
	known map[string]string
}

func (s *session) ask(ctx context.Context, q question) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		status, header, data, err := s.send(ctx, q)
		if err != nil {
			return Answer{}, err
		}
		if status != q.status && q.eventually || status == q.status && !q.hasState(data) {
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond): // a conductor works behind Magnum's back
				continue
			}
		}
		if status != q.status {
			return Answer{}, fmt.Errorf("status %d, not %d: %.300s", status, q.status, data)
		}
		return s.note(q, status, header, data)
	}
}

// hasState reports whether a cluster is in the state that the question waits for.
func (q question) hasState(data []byte) bool {
	var body struct{ Status string }
	return q.state == "" || json.Unmarshal(data, &body) == nil && body.Status == q.state
}

// note keeps what later questions need and reduces the rest to its shape.
func (s *session) note(q question, status int, header http.Header, data []byte) (Answer, error) {
	if q.keepToken != "" {
		s.known[q.keepToken] = header.Get("X-Subject-Token")
		if s.known[q.keepToken] == "" {
			return Answer{}, errors.New("no token in the answer")
		}
	}
	a := Answer{Name: q.name, Status: status}
	if len(bytes.TrimSpace(data)) == 0 {
		return a, nil
	}
	var body any
	if err := json.Unmarshal(data, &body); err != nil {
		return Answer{}, fmt.Errorf("not JSON: %w", err)
	}
	if fields, ok := body.(map[string]any); ok && q.keepUUID != "" {
		s.known[q.keepUUID], _ = fields["uuid"].(string)
		s.known["project of "+q.keepUUID], _ = fields["project_id"].(string)
	}
	a.Shape = shapeOf(body)
	return a, nil
}

func (s *session) send(ctx context.Context, q question) (status int, header http.Header, body []byte, err error) {
	var sent io.Reader
	if q.body != "" {
		sent = strings.NewReader(s.fill(q.body))
	}
	base := s.MagnumURL
	if q.keystone {
		base = s.KeystoneURL
	}
	req, err := http.NewRequestWithContext(ctx, q.method, base+s.fill(q.path), sent)
	if err != nil {
		return 0, nil, nil, err
	}
	if sent != nil {
		req.Header.Set("Content-Type", "application/json") // unless the question has another
	}
	req.Header.Set("Accept", "application/json")
	for name, value := range q.header {
		req.Header.Set(name, s.fill(value))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, body, err
}

// fill puts what is known in the place of {names}.
func (s *session) fill(text string) string {
	for name, value := range s.known {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}
