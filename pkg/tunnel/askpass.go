package tunnel

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// Variables with which ssh runs this program to ask the person something. ssh has
// no terminal in the background; the process that started the tunnel has one.
const (
	askPort = "KUBECTL_CATALYST_ASK_PORT"
	askKey  = "KUBECTL_CATALYST_ASK_KEY"
)

// askVariables returns the environment that makes ssh ask through the program self.
func askVariables(self string, port int, key []byte) []string {
	return []string{
		"SSH_ASKPASS=" + self, "SSH_ASKPASS_REQUIRE=force",
		"DISPLAY=none", // without one OpenSSH before 8.4 does not ask
		askPort + "=" + strconv.Itoa(port), askKey + "=" + hex.EncodeToString(key),
	}
}

// Asking reports whether ssh runs this program to ask something.
func Asking(getenv func(string) string) bool { return getenv(askKey) != "" && getenv(askPort) != "" }

// Ask passes the question in args, as ssh gives it, to the person at the terminal
// and writes the answer to out.
func Ask(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	port, err := strconv.Atoi(getenv(askPort))
	if err != nil {
		return errNobodyToAsk
	}
	key, err := hex.DecodeString(getenv(askKey))
	if err != nil {
		return errNobodyToAsk
	}
	body, err := json.Marshal(question{Prompt: strings.Join(args, " "), Kind: getenv("SSH_ASKPASS_PROMPT")})
	if err != nil {
		return err
	}
	text, conn, err := call{port: port, key: key, path: askPath, body: body}.send(ctx)
	if err != nil {
		return err
	}
	conn.Close()
	_, err = fmt.Fprintf(out, "%s\n", text)
	return err
}

// starter is the process that started the tunnel, seen from there. While it runs
// the person at its terminal can be asked.
type starter struct {
	out *json.Encoder
	in  *json.Decoder

	one     sync.Mutex // one question at a time
	mu      sync.Mutex // of out and answers
	answers chan message
}

var errNobodyToAsk = errors.New("there is nobody to ask")

// readAnswers takes the answers until the starter is gone.
func (s *starter) readAnswers(gone func()) {
	defer gone()
	for {
		var m message
		if err := s.in.Decode(&m); err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.answers != nil {
				close(s.answers)
				s.answers = nil
			}
			return
		}
		s.mu.Lock()
		if s.answers != nil {
			s.answers <- m // there is room for the one answer to the one question
			s.answers = nil
		}
		s.mu.Unlock()
	}
}

// send sends a message to the starter, which may be gone.
func (s *starter) send(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.out.Encode(m)
}

// ask has the person answer a question, given as JSON.
func (s *starter) ask(body []byte) (string, error) {
	var q question
	if err := json.Unmarshal(body, &q); err != nil {
		return "", errNobodyToAsk
	}
	s.one.Lock()
	defer s.one.Unlock()
	answers := make(chan message, 1)
	s.mu.Lock()
	s.answers = answers
	err := s.out.Encode(message{Query: &q})
	s.mu.Unlock()
	if err != nil {
		return "", errNobodyToAsk
	}
	m, ok := <-answers
	if !ok || m.Refused {
		return "", errNobodyToAsk
	}
	return m.Answer, nil
}
