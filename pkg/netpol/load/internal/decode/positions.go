package decode

import (
	"encoding/binary"
	"hash/fnv"
	"strconv"
	"strings"
)

// Positions returns, in few bytes, on which lines the fields of the last object
// stand, as far as that is not the line of what holds them: none for an object on
// one line. Objects of the same layout have the same. The bytes are valid until
// the next object.
func (d *Decoder) Positions() []byte { return d.positions.noted }

// LineOf returns the line of the field at path, as in "spec.ingress[0].from", in
// an object that begins at line, or that of the nearest field above it.
func LineOf(positions, path string, line int) int {
	at, out := step(0), line
	for name := range strings.SplitSeq(strings.ReplaceAll(path, "[", ".["), ".") {
		to := stepTo(name)
		if text, ok := strings.CutPrefix(name, "["); ok {
			i, err := strconv.Atoi(strings.TrimSuffix(text, "]"))
			if err != nil {
				break // the key of a label, which stands on a line that is not noted
			}
			to = stepToEntry(i)
		}
		at = at.then(to)
		for rest := []byte(positions); len(rest) > 4; {
			offset, n := binary.Varint(rest[4:])
			if step(binary.LittleEndian.Uint32(rest)) == at {
				out = line + int(offset)
			}
			rest = rest[4+n:]
		}
	}
	return out
}

// step is a name or an index in a path, or the path itself, as a number. That two
// of the few paths of an object have the same number will not happen, and would
// cost no more than a wrong line in a message.
type step uint32

func stepTo(name string) step {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return step(h.Sum32())
}

func stepToEntry(i int) step { return step(uint32(i)*2654435761 + 1) }

func (s step) then(next step) step { return s*16777619 ^ next }

// positions notes the lines of fields while an object is decoded.
type positions struct {
	place
	first int // line of the object
	noted []byte
}

// place is where the decoder is: the path there, and its line.
type place struct {
	path step
	line int
}

// outer is the place to go back to.
type outer struct {
	p *positions
	place
}

func (p *positions) reset(line int) {
	p.place, p.first, p.noted = place{line: line}, line, p.noted[:0]
}

func (p *positions) enter(to step, line int) outer {
	back := outer{p, p.place}
	p.path = p.path.then(to)
	if line != p.line {
		p.line = line
		p.noted = binary.LittleEndian.AppendUint32(p.noted, uint32(p.path))
		p.noted = binary.AppendVarint(p.noted, int64(line-p.first))
	}
	return back
}

func (o outer) leave() { o.p.place = o.place }
