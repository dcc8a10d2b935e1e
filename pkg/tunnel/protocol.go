package tunnel

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The processes of one user talk to each other on the tunnel's port, where clients
// of the API server connect as well: HTTP with these paths.
const (
	helloPath = "/hello" // proves that this is the tunnel, returns its status and starts its idle time anew
	holdPath  = "/hold"  // the tunnel stays up as long as the connection does
	endPath   = "/end"   // ends the tunnel; answered when everything has ended
	askPath   = "/ask"   // a question of ssh to the person
)

const (
	keySize     = 32
	nonceHeader = "X-Nonce"
	proofHeader = "X-Proof"
	maxBody     = 64 << 10 // of a request or an answer
)

// answerTimeout is how long a listener has to prove that it is our tunnel. A person
// waits for it at most once.
const answerTimeout = 4 * time.Second

// status is the answer to helloPath.
type status struct {
	Bastion, Target string
	Idle            time.Duration
	Up              bool   // ssh is logged in
	Starting        bool   // ssh is logging in
	Trouble         string // why the API server was not reached, until it is
	Hint            string // what to do about it
}

// serves reports whether the tunnel is what s asks for.
func (st *status) serves(s Spec) bool {
	return st.Bastion == s.Bastion.String() && st.Target == s.Target && st.Idle == s.Lasts()
}

// proof shows that whoever sends something ("client" or "server") knows the key.
func proof(key []byte, sender, path, nonce string, body []byte) string {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s %s %s\n", sender, path, nonce)
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// isProven reports whether given is the proof of a body.
func isProven(key []byte, sender, path, nonce string, body []byte, given string) bool {
	return hmac.Equal([]byte(proof(key, sender, path, nonce, body)), []byte(given))
}

// errForeign is returned when what listens on the port is not our tunnel.
var errForeign = errors.New("another program listens there")

// errNotListening is returned when nobody listens on the port.
var errNotListening = errors.New("nobody listens there")

// errNoAnswer is returned when what listens on the port does not answer.
var errNoAnswer = errors.New("what listens there does not answer")

// call is one request to the tunnel on a port.
type call struct {
	port int
	key  []byte
	path string
	body []byte
	wait time.Duration // for the answer; 0: as long as ctx lasts
}

// send sends the request and returns the answer once it is proven, with the
// connection it came on, which the caller closes.
func (c call) send(ctx context.Context) (body []byte, conn net.Conn, err error) {
	began := time.Now()
	d := net.Dialer{Timeout: answerTimeout}
	conn, err = d.DialContext(ctx, "tcp", Spec{Port: c.port}.addr())
	if err != nil {
		return nil, nil, c.classify(ctx, fmt.Errorf("%w: %w", errNotListening, err))
	}
	if c.wait > 0 {
		_ = conn.SetDeadline(began.Add(c.wait))
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	if body, err = c.exchange(conn); err != nil {
		conn.Close()
		return nil, nil, c.classify(ctx, err)
	}
	_ = conn.SetDeadline(time.Time{})
	return body, conn, nil
}

// classify recognises the end of ctx and a listener that does not answer in err.
func (c call) classify(ctx context.Context, err error) error {
	var late net.Error
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &late) && late.Timeout():
		return errNoAnswer
	}
	return err
}

// exchange sends the request on conn and reads the proven answer.
func (c call) exchange(conn net.Conn) ([]byte, error) {
	nonce := rand.Text()
	var req bytes.Buffer
	fmt.Fprintf(&req, "POST %s HTTP/1.1\r\nHost: tunnel\r\nContent-Length: %d\r\n%s: %s\r\n%s: %s\r\n\r\n",
		c.path, len(c.body), nonceHeader, nonce, proofHeader, proof(c.key, "client", c.path, nonce, c.body))
	req.Write(c.body)
	if _, err := conn.Write(req.Bytes()); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotListening, err) // it is going away
	}
	resp, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, maxBody)), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errForeign, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !isProven(c.key, "server", c.path, nonce, body, resp.Header.Get(proofHeader)) {
		return nil, errForeign
	}
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(string(body))
	}
	return body, nil
}

// getStatus asks a tunnel for its status.
func getStatus(ctx context.Context, port int, key []byte) (*status, error) {
	body, conn, err := call{port: port, key: key, path: helloPath, wait: answerTimeout}.send(ctx)
	if err != nil {
		return nil, err
	}
	conn.Close()
	st := &status{}
	if err := json.Unmarshal(body, st); err != nil {
		return nil, fmt.Errorf("%w: %w", errForeign, err)
	}
	return st, nil
}

// answer writes the proven answer to a request.
func answer(conn net.Conn, key []byte, req *http.Request, code int, body []byte) error {
	header := http.Header{proofHeader: {proof(key, "server", req.URL.Path, req.Header.Get(nonceHeader), body)}}
	return respond(conn, code, http.StatusText(code), header, body)
}

// respond writes an answer; text is the reason in its first line, which kubectl
// shows where a proxy refuses.
func respond(conn net.Conn, code int, text string, header http.Header, body []byte) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", code, text)
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	_ = header.Write(&b) // a buffer takes everything
	b.WriteString("\r\n")
	b.Write(body)
	_, err := conn.Write(b.Bytes())
	return err
}

// message is sent between the tunnel and the process that started it, over its
// standard input and output, one JSON value after the other.
type message struct {
	// To the starter.
	Ready bool      `json:"ready,omitempty"`
	Error string    `json:"error,omitempty"`
	Hint  string    `json:"hint,omitempty"`
	Taken bool      `json:"taken,omitempty"`
	Query *question `json:"ask,omitempty"`

	// From the starter.
	Answer  string `json:"answer,omitempty"`
	Refused bool   `json:"refused,omitempty"`
}

// question is one of ssh, through SSH_ASKPASS. Kind is SSH_ASKPASS_PROMPT:
// "confirm" for yes or no, "none" for a notice, "" for a line of text.
type question struct {
	Prompt string `json:"prompt"`
	Kind   string `json:"kind"`
}

// isSecret reports whether what is typed must not be seen: all but yes and no.
func (q question) isSecret() bool {
	return q.Kind == "" && !strings.Contains(q.Prompt, "(yes/no")
}
