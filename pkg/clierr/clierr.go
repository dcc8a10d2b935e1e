// Package clierr holds errors as a command-line program reports them: what happened,
// what to do next, and the exit code that goes with it.
package clierr

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/redact"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/visible"
)

// Exit codes of both programs. Scripts rely on them; never renumber.
const (
	OK      = 0 // done, or the answer is yes
	Failure = 1 // something went wrong
	Usage   = 2 // the command line could not be understood
	No      = 3 // the answer is no: findings, flow denied, prerequisite not met
	SignIn  = 4 // sign-in is needed or was refused
	Pending = 5 // what was waited for is still going on
)

// Error carries a next step and an exit code along with a cause.
type Error struct {
	Err  error
	Hint string // the next step, in the imperative; "" when there is none
	Code int    // one of the exit codes; 0 counts as Failure
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause, for errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error with an exit code and a hint.
func New(code int, hint, format string, args ...any) error {
	return &Error{Err: fmt.Errorf(format, args...), Hint: hint, Code: code}
}

// Errorf returns an error with exit code Failure and a hint.
func Errorf(hint, format string, args ...any) error {
	return New(Failure, hint, format, args...)
}

// WithHint adds a next step to err, unless err already carries one: the place
// nearest to the cause knows best.
func WithHint(err error, hint string) error {
	if err == nil || Hint(err) != "" {
		return err
	}
	return &Error{Err: err, Hint: hint, Code: Code(err)}
}

// WithCode sets the exit code of err and keeps its hint.
func WithCode(err error, code int) error {
	if err == nil {
		return nil
	}
	return &Error{Err: err, Hint: Hint(err), Code: code}
}

// Code returns the exit code for err: OK for nil, Failure when err names none.
// Of joined errors the first that names a code other than Failure decides.
func Code(err error) int {
	if err == nil {
		return OK
	}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, e := range joined.Unwrap() {
			if c := Code(e); c != Failure {
				return c
			}
		}
	}
	var e *Error
	if errors.As(err, &e) && e.Code != 0 {
		return e.Code
	}
	return Failure
}

// Hint returns the outermost next step that err carries.
func Hint(err error) string {
	for err != nil {
		if e, ok := err.(*Error); ok && e.Hint != "" {
			return e.Hint
		}
		err = errors.Unwrap(err)
	}
	return ""
}

// Print writes err the way both programs do: a line "error: …" and, where there
// is a next step, a line "hint: …". Joined errors are written one after the
// other. Control characters that came from outside are made visible, so that a
// name cannot move the cursor or forge a line.
func Print(w io.Writer, err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			Print(w, e)
		}
		return
	}
	if s := Message(err.Error()); s != "" {
		fmt.Fprintf(w, "error: %s\n", s)
	}
	if h := Hint(err); h != "" {
		fmt.Fprintf(w, "hint: %s\n", Message(h))
	}
}

// Message returns what a person is told about something that went wrong: Clean,
// and without the passwords in URLs, which libraries repeat in their errors.
func Message(s string) string { return redact.URLs(Clean(s)) }

// Clean returns s on one line: line breaks become spaces, other control and
// formatting characters their escaped form.
func Clean(s string) string { return visible.Line(strings.TrimSpace(s)) }
