package httpbound

import (
	"fmt"
	"io"
)

// LargeError is an answer beyond its bounds.
type LargeError struct {
	Limit  int64
	Values bool // Limit counts values, not bytes
}

func (e *LargeError) Error() string {
	if e.Values {
		return fmt.Sprintf("the answer has more than %d values", e.Limit)
	}
	return fmt.Sprintf("the answer is larger than %d MiB", e.Limit>>20)
}

// Hint returns the next step for a person.
func (e *LargeError) Hint() string {
	return "no such server has as much to say: check that the address leads to yours, and what answers in its place"
}

// Body returns a reader of an answer that ends in a *LargeError beyond so many
// bytes, or so many commas and opening brackets. These bound the values in JSON:
// an empty object of two bytes may take hundreds once it is decoded.
func Body(r io.Reader, bytes, values int64) io.Reader {
	return &bounded{r: r, bytes: bytes, values: values}
}

type bounded struct {
	r             io.Reader
	bytes, values int64 // the bounds
	read, counted int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.read += int64(n)
	for _, c := range p[:n] {
		if c == ',' || c == '[' || c == '{' {
			b.counted++
		}
	}
	switch {
	case b.read > b.bytes:
		return 0, &LargeError{Limit: b.bytes}
	case b.counted > b.values:
		return 0, &LargeError{Limit: b.values, Values: true}
	}
	return n, err
}
