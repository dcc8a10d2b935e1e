package stream

import (
	"bytes"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// rawLine returns the line that starts at offset from pos, with its end.
// Nothing is left of the stream when it is empty.
func (r *Reader) rawLine(offset int) ([]byte, error) {
	seen := 0
	for {
		b := r.buf[r.pos+offset:]
		if end := bytes.IndexByte(b[seen:], '\n'); end >= 0 {
			return b[:seen+end+1], nil
		}
		seen = len(b)
		if offset+seen > tree.MaxBytes {
			return nil, r.tooLong()
		}
		more, err := r.fill()
		if err != nil {
			return nil, err
		}
		if !more {
			return r.buf[r.pos+offset:], nil
		}
	}
}

// marker reports whether a line is the document marker --- or ... .
func marker(line []byte, mark string) bool {
	return len(line) >= 3 && string(line[:3]) == mark && (len(line) == 3 || isSpace(line[3]))
}

// indentation returns the number of leading spaces, and whether the line has
// any content besides a comment.
func indentation(line []byte) (n int, content bool) {
	for n < len(line) && line[n] == ' ' {
		n++
	}
	rest := bytes.TrimSpace(line[n:])
	return n, len(rest) > 0 && rest[0] != '#'
}

// opening consumes a line that stands before a document (a directive or a
// marker) and reports whether it did. The marker becomes white space when the
// document starts on its line.
func (r *Reader) opening() (bool, error) {
	line, err := r.rawLine(0)
	if err != nil {
		return false, err
	}
	if marker(line, "---") {
		if rest := bytes.TrimSpace(line[3:]); len(rest) > 0 && rest[0] != '#' {
			copy(line, "   ")
			return false, nil
		}
	} else if !bytes.HasPrefix(line, []byte("%YAML")) && !marker(line, "...") {
		return false, nil
	}
	r.consume(len(line))
	return true, nil
}

// yaml reads one YAML document; it may be empty.
func (r *Reader) yaml() (Chunk, error) {
	if opened, err := r.opening(); opened || err != nil {
		return Chunk{}, err
	}
	var n, items, indent int
	for {
		line, err := r.rawLine(n)
		if err != nil {
			return Chunk{}, err
		}
		if len(line) == 0 || line[0] == '-' && marker(line, "---") || line[0] == '.' && marker(line, "...") {
			at := r.line
			return Chunk{Data: r.consume(n), Line: at}, nil
		}
		if n > splitAt && items > 0 && indent >= 0 {
			header := append([]byte{}, r.buf[r.pos:r.pos+items]...)
			r.list = &list{header: header, line: r.line, indent: indent}
			r.consume(items)
			return r.list.next(r)
		}
		if n+len(line) > tree.MaxBytes {
			return Chunk{}, r.tooLong()
		}
		n += len(line)
		if items == 0 && line[0] == 'i' && isItemsKey(line) {
			items, indent = n, -1
		} else if items > 0 && indent < 0 {
			indent = entryIndent(line)
		}
	}
}

func isItemsKey(line []byte) bool {
	return string(bytes.TrimRight(line, " \r\n")) == "items:"
}

// entryIndent returns the indentation of a sequence's entry, or -1.
func entryIndent(line []byte) int {
	n, content := indentation(line)
	if content && line[n] == '-' && (len(line) == n+1 || isSpace(line[n+1])) {
		return n
	}
	return -1
}

// nextYAML gives out one entry: the lines from its dash to the next line that is
// not indented deeper.
func (l *list) nextYAML(r *Reader) (Chunk, error) {
	n, entry := 0, false
	for {
		line, err := r.rawLine(n)
		if err != nil {
			return Chunk{}, err
		}
		in, content := indentation(line)
		ends := len(line) == 0 || marker(line, "---") || marker(line, "...") || content && in <= l.indent
		if ends && entry {
			c := Chunk{Line: r.line, Item: true}
			c.Data = r.consume(n)
			if !l.started {
				c.Header, l.started = l.header, true
			}
			return c, nil
		}
		if ends && entryIndent(line) != l.indent {
			r.consume(n)
			return l.endYAML(r)
		}
		entry = entry || content
		if n+len(line) > tree.MaxBytes {
			return Chunk{}, r.tooLong()
		}
		n += len(line)
	}
}

// endYAML reads what follows the entries and gives out the list without them.
func (l *list) endYAML(r *Reader) (Chunk, error) {
	r.list = nil
	line, err := r.rawLine(0)
	if err != nil {
		return Chunk{}, err
	}
	var rest Chunk
	if len(line) > 0 && !marker(line, "---") && !marker(line, "...") {
		if rest, err = r.yaml(); err == nil && r.list != nil {
			err = &tree.SyntaxError{Line: r.line, Msg: "a list has items twice"}
		}
	}
	return Chunk{Data: append(l.header, rest.Data...), Line: l.line, List: true}, err
}
