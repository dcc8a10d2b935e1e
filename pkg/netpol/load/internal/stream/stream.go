package stream

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// Chunk is one document, or one item of a list.
type Chunk struct {
	Data []byte // valid until the next call of Next
	Line int    // of the first byte of Data, counted from 1
	JSON bool
	// Item: Data is an entry of a list too long to be held at once: in YAML a
	// sequence of that one entry.
	Item bool
	// List: Data is such a list without its entries; it comes after them.
	List bool
	// Header is, with the first entry of such a list, what stands before it.
	Header []byte
}

// splitAt is the size from which a document that looks like a list is cut into
// its items. Below it a document is read as a whole, however it is written.
const splitAt = 256 << 10

const blockSize = 128 << 10

// Reader cuts a stream into chunks.
type Reader struct {
	// Split cuts every list in JSON into its entries, however short.
	Split bool

	src  io.Reader
	buf  []byte
	pos  int // start of what is not yet consumed
	line int // line number at pos
	eof  bool
	list *list // inside a long list
}

// NewReader returns a Reader of src.
func NewReader(src io.Reader) *Reader {
	return &Reader{src: src, line: 1}
}

// Rest returns what has been read and given out to nobody: after an error, what
// it is about.
func (r *Reader) Rest() []byte { return r.buf[r.pos:] }

// fill reads more, and reports whether there was any.
func (r *Reader) fill() (bool, error) {
	if r.eof {
		return false, nil
	}
	if r.pos > 0 && cap(r.buf)-len(r.buf) < blockSize {
		r.buf = r.buf[:copy(r.buf, r.buf[r.pos:])]
		r.pos = 0
	}
	if free := cap(r.buf) - len(r.buf); free < blockSize {
		r.buf = append(make([]byte, 0, 2*cap(r.buf)+blockSize), r.buf...)
	}
	for range 100 {
		n, err := r.src.Read(r.buf[len(r.buf) : len(r.buf)+blockSize])
		first := len(r.buf) == 0 && r.line == 1
		r.buf = r.buf[:len(r.buf)+n]
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		r.eof = err != nil
		if n > 0 && first {
			if err := r.sniff(); err != nil {
				return false, err
			}
		}
		if n > 0 || r.eof {
			return n > 0, nil
		}
	}
	return false, io.ErrNoProgress
}

// sniff refuses what is no text before anything is made of it.
func (r *Reader) sniff() error {
	switch {
	case bytes.HasPrefix(r.buf, []byte("\xff\xfe")) || bytes.HasPrefix(r.buf, []byte("\xfe\xff")):
		return &tree.SyntaxError{Line: 1, Msg: "the text is UTF-16; save it as UTF-8"}
	case bytes.HasPrefix(r.buf, []byte("\x1f\x8b")):
		return &tree.SyntaxError{Line: 1, Msg: "the file is compressed; unpack it first"}
	case bytes.HasPrefix(r.buf, []byte("\xef\xbb\xbf")):
		r.pos = 3
	}
	if at := bytes.IndexByte(r.buf[:min(len(r.buf), 8<<10)], 0); at >= 0 {
		return &tree.SyntaxError{Line: 1 + bytes.Count(r.buf[:at], []byte("\n")), Msg: "the file is binary, neither YAML nor JSON"}
	}
	return nil
}

// Next returns the next chunk, or io.EOF. After any other error there is nothing
// more to be had from the stream.
func (r *Reader) Next() (Chunk, error) {
	for {
		if r.list != nil {
			return r.list.next(r)
		}
		json, err := r.start()
		if err != nil {
			return Chunk{}, err
		}
		var c Chunk
		if json {
			c, err = r.json()
		} else {
			c, err = r.yaml()
		}
		if err != nil || len(c.Data) > 0 {
			return c, err
		}
	}
}

// start skips white space between documents and reports whether JSON follows. A
// brace alone does not tell: YAML may begin with one, but not go on with a quote.
func (r *Reader) start() (json bool, err error) {
	at := r.pos
	for {
		for ; at < len(r.buf); at++ {
			c := r.buf[at]
			if c == '\n' {
				r.line++
				r.pos = at + 1
			}
			if !isSpace(c) {
				if c == '[' || c == '{' {
					return r.looksJSON(at)
				}
				return false, nil
			}
		}
		at -= r.pos
		if at > tree.MaxBytes {
			return false, r.tooLong()
		}
		more, err := r.fill()
		if err != nil {
			return false, err
		}
		at += r.pos
		if !more {
			return false, io.EOF
		}
	}
}

func (r *Reader) looksJSON(at int) (bool, error) {
	first := r.buf[at]
	for i := at + 1; ; i++ {
		for i >= len(r.buf) {
			i -= r.pos
			if more, err := r.fill(); err != nil || !more {
				return false, err
			}
			i += r.pos
		}
		if c := r.buf[i]; !isSpace(c) {
			return first == '{' && (c == '"' || c == '}'), nil
		}
		if i-r.pos > tree.MaxBytes {
			return false, nil
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// consume returns n bytes as a chunk's data and goes on behind them.
func (r *Reader) consume(n int) []byte {
	data := r.buf[r.pos : r.pos+n : r.pos+n]
	r.pos += n
	r.line += bytes.Count(data, []byte("\n"))
	return data
}

func (r *Reader) tooLong() error {
	return &tree.SyntaxError{Line: r.line, Msg: fmt.Sprintf("the document is longer than %d MiB, more than an API server accepts", tree.MaxBytes>>20)}
}
