package tunnel

import (
	"slices"
	"strings"
	"sync"
)

// keptLines is how much of what ssh says is remembered.
const keptLines = 40

// said collects what ssh writes to stderr.
type said struct {
	mu   sync.Mutex
	all  []string
	part string
	n    int // lines ever
}

// Write takes a part of the text; it never fails.
func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.part += string(p)
	for {
		line, rest, whole := strings.Cut(s.part, "\n")
		if !whole {
			s.part = s.part[max(0, len(s.part)-4096):] // no line of ssh's is that long
			return len(p), nil
		}
		s.part = rest
		s.add(strings.TrimSpace(line))
	}
}

func (s *said) add(line string) {
	if line == "" || strings.Trim(line, "@ ") == "" || strings.HasPrefix(line, "Warning: Permanently added") {
		return
	}
	s.n++
	s.all = append(s.all, strings.Trim(line, "@ "))
	s.all = s.all[max(0, len(s.all)-keptLines):]
}

// lines returns what was said so far.
func (s *said) lines() []string { return s.since(0) }

// count returns how many lines were said so far.
func (s *said) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

// since returns the lines after the first n.
func (s *said) since(n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.all)
	if s.part != "" {
		all = append(all, strings.TrimSpace(s.part))
	}
	first := s.n - len(s.all) // the number of all[0]
	return all[min(len(all), max(0, n-first)):]
}
