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
	"time"
)

// What the processes of one user say to each other on the tunnel's port, beside
// what clients of the API server do: HTTP with these paths.
const (
	helloPath = "/hello" // is it you, and how are you? An unused tunnel stays up for longer
	holdPath  = "/hold"  // the tunnel stays up as long as the connection does
	endPath   = "/end"   // go away; answered when all is gone
	askPath   = "/ask"   // ssh wants to know something of the person
)

const (
	keySize     = 32
	nonceHeader = "X-Nonce"
	proofHeader = "X-Proof"
	maxTalk     = 64 << 10 // of a request or an answer
)

// answerTimeout is how long a listener has to prove that it is our tunnel. A person
// waits for it at most once.
const answerTimeout = 4 * time.Second

// status is what a tunnel says of itself.
type status struct {
	Bastion, Target string
	Idle            time.Duration
	Up              bool   // ssh is logged in
	Starting        bool   // ssh is logging in
	Trouble         string // why the API server was not reached the last time it was not
	Hint            string // what to do about it
}

// serves reports whether the tunnel is what s asks for.
func (st *status) serves(s Spec) bool {
	return st.Bastion == s.Bastion.String() && st.Target == s.Target && st.Idle == s.Lasts()
}

// proof shows who speaks ("client" or "server") and that they know the key.
func proof(key []byte, speaker, path, nonce string, body []byte) string {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s %s %s\n", speaker, path, nonce)
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func proven(key []byte, speaker, path, nonce string, body []byte, given string) bool {
	return hmac.Equal([]byte(proof(key, speaker, path, nonce, body)), []byte(given))
}

// errStranger says that who listens on the port is not our tunnel.
var errStranger = errors.New("another program listens there")

// errNobody says that nobody listens on the port.
var errNobody = errors.New("nobody listens there")

// errSilent says that who listens on the port does not answer.
var errSilent = errors.New("what listens there does not answer")

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
		return nil, nil, c.explain(ctx, fmt.Errorf("%w: %w", errNobody, err))
	}
	if c.wait > 0 {
		_ = conn.SetDeadline(began.Add(c.wait))
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	if body, err = c.talk(conn); err != nil {
		conn.Close()
		return nil, nil, c.explain(ctx, err)
	}
	_ = conn.SetDeadline(time.Time{})
	return body, conn, nil
}

// explain tells silence from other failures.
func (c call) explain(ctx context.Context, err error) error {
	var late net.Error
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &late) && late.Timeout():
		return errSilent
	}
	return err
}

func (c call) talk(conn net.Conn) ([]byte, error) {
	nonce := rand.Text()
	var req bytes.Buffer
	fmt.Fprintf(&req, "POST %s HTTP/1.1\r\nHost: tunnel\r\nContent-Length: %d\r\n%s: %s\r\n%s: %s\r\n\r\n",
		c.path, len(c.body), nonceHeader, nonce, proofHeader, proof(c.key, "client", c.path, nonce, c.body))
	req.Write(c.body)
	if _, err := conn.Write(req.Bytes()); err != nil {
		return nil, fmt.Errorf("%w: %w", errNobody, err) // it is going away
	}
	resp, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, maxTalk)), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStranger, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !proven(c.key, "server", c.path, nonce, body, resp.Header.Get(proofHeader)) {
		return nil, errStranger
	}
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(string(body))
	}
	return body, nil
}

// hello asks a tunnel how it is.
func hello(ctx context.Context, port int, key []byte) (*status, error) {
	body, conn, err := call{port: port, key: key, path: helloPath, wait: answerTimeout}.send(ctx)
	if err != nil {
		return nil, err
	}
	conn.Close()
	st := &status{}
	if err := json.Unmarshal(body, st); err != nil {
		return nil, fmt.Errorf("%w: %w", errStranger, err)
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
