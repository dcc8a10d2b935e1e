package tunnel

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
)

// message is what the tunnel and who started it say to each other, one JSON value
// after the other.
type message struct {
	// To the starter.
	Ready bool      `json:"ready,omitempty"`
	Error string    `json:"error,omitempty"`
	Hint  string    `json:"hint,omitempty"`
	Taken bool      `json:"taken,omitempty"`
	Ask   *question `json:"ask,omitempty"`

	// From the starter.
	Answer  string `json:"answer,omitempty"`
	Refused bool   `json:"refused,omitempty"`
}

// question is what ssh asks through SSH_ASKPASS. Kind is SSH_ASKPASS_PROMPT:
// "confirm" for yes or no, "none" for a notice, "" for a line of text.
type question struct {
	Prompt string `json:"prompt"`
	Kind   string `json:"kind"`
}

// secret reports whether what is typed must not be seen: all but yes and no.
func (q question) secret() bool {
	return q.Kind == "" && !strings.Contains(q.Prompt, "(yes/no")
}

// asker is the way to the person who started the tunnel, while they are there.
type asker struct {
	out *json.Encoder
	in  *json.Decoder

	one     sync.Mutex // one question at a time
	mu      sync.Mutex // of out and answers
	answers chan message
}

var errNobodyToAsk = errors.New("there is nobody to ask")

// listen takes the answers until the starter is gone.
func (a *asker) listen(gone func()) {
	defer gone()
	for {
		var m message
		if err := a.in.Decode(&m); err != nil {
			a.mu.Lock()
			defer a.mu.Unlock()
			if a.answers != nil {
				close(a.answers)
				a.answers = nil
			}
			return
		}
		a.mu.Lock()
		if a.answers != nil {
			a.answers <- m // there is room for the one answer to the one question
			a.answers = nil
		}
		a.mu.Unlock()
	}
}

// tell says something to the starter, who may be gone.
func (a *asker) tell(m message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_ = a.out.Encode(m)
}

// ask has the person answer a question, given as JSON.
func (a *asker) ask(body []byte) (string, error) {
	var q question
	if err := json.Unmarshal(body, &q); err != nil {
		return "", errNobodyToAsk
	}
	a.one.Lock()
	defer a.one.Unlock()
	answers := make(chan message, 1)
	a.mu.Lock()
	a.answers = answers
	err := a.out.Encode(message{Ask: &q})
	a.mu.Unlock()
	if err != nil {
		return "", errNobodyToAsk
	}
	m, ok := <-answers
	if !ok || m.Refused {
		return "", errNobodyToAsk
	}
	return m.Answer, nil
}
