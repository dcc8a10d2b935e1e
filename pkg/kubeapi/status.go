package kubeapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// maxStatus bounds what is read of an error's body.
const maxStatus = 64 << 10

// maxMessage bounds what is kept of a server's message. Messages about objects
// that break many rules are long.
const maxMessage = 8 << 10

// Status is an answer that is not a success, with the fields of the API's own
// Status. Code is the HTTP status.
type Status struct {
	Code    int    `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func (e *Status) Error() string {
	if e.Message != "" {
		return e.Message
	}
	return fmt.Sprintf("the API server answered HTTP %d", e.Code)
}

// Is reports whether err is an answer with one of these HTTP statuses.
func Is(err error, codes ...int) bool {
	var s *Status
	return errors.As(err, &s) && slices.Contains(codes, s.Code)
}

func readStatus(resp *http.Response) error {
	defer resp.Body.Close()
	s := &Status{}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxStatus))
	if err != nil || json.Unmarshal(data, s) != nil {
		s = &Status{}
	}
	s.Code = resp.StatusCode
	if len(s.Message) > maxMessage {
		s.Message = strings.ToValidUTF8(s.Message[:maxMessage], "") + "…"
	}
	return s
}
