// Package seeds gives random tests their seeds: first those that failed before,
// then fresh ones. A seed that fails is kept in testdata/seeds of the test's
// package, and the test prints the one command that repeats it.
package seeds

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	seedFlag  = flag.Uint64("random.seed", 0, "the seed that random tests repeat; 0: the kept ones, then fresh ones")
	countFlag = flag.Uint64("random.count", 0, "how many seeds each random test takes; 0: as many as the test asks for, or one with -random.seed")
)

// Source hands out the seeds of one test. Several goroutines may share it.
type Source struct {
	t    testing.TB
	file string // of the kept seeds

	mu      sync.Mutex
	kept    []uint64
	first   uint64 // of the fresh ones
	count   uint64 // of the fresh ones
	handed  uint64
	logged  time.Time // when the log last said how far it is
	failed  bool
	leftOut map[string]int // by the reason
}

// New returns the seeds that failed before and count fresh ones, unless the flags
// say otherwise. When the test ends, it logs how many there were and what was left
// out.
func New(t testing.TB, count uint64) *Source {
	t.Helper()
	s := &Source{t: t, file: fileOf(t.Name()), first: *seedFlag, count: *countFlag, leftOut: map[string]int{}, logged: time.Now()}
	if s.first == 0 {
		kept, err := readKept(s.file)
		if err != nil {
			t.Fatal(err)
		}
		s.kept, s.first = kept, uint64(time.Now().UnixNano())
		if s.count == 0 {
			s.count = count
		}
	}
	s.count = max(s.count, 1)
	t.Logf("%d kept seeds, then seeds %d to %d", len(s.kept), s.first, s.first+s.count-1)
	t.Cleanup(s.logSummary)
	return s
}

// Rand returns the random numbers of a seed.
func Rand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// Check calls check for every seed of a new source. It reports whether there were
// at least count fresh ones, so that what a test must meet among so many was to be
// expected.
func Check(t testing.TB, count uint64, check func(r *rand.Rand) (failure string)) (enough bool) {
	t.Helper()
	s := New(t, count)
	s.Each(func(seed uint64) string { return check(Rand(seed)) })
	return s.count >= count
}

// Each calls check for one seed after the other until there is none left or one
// fails: check returns what is wrong, or ends the test itself. Several goroutines
// may call it at the same time and share the seeds.
func (s *Source) Each(check func(seed uint64) (failure string)) {
	for seed, ok := s.next(); ok; seed, ok = s.next() {
		s.checkOne(seed, check)
	}
}

func (s *Source) checkOne(seed uint64, check func(uint64) string) {
	failure := "the test ended or panicked"
	defer func() {
		if failure != "" {
			s.fail(seed, failure)
		}
	}()
	failure = check(seed)
}

// LeaveOut counts something that the generator made and the test cannot ask about,
// so that the log says what was not tested.
func (s *Source) LeaveOut(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leftOut[reason]++
}

// next returns the next seed; false when there is none or one has failed.
func (s *Source) next() (uint64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := uint64(len(s.kept))
	if s.failed || s.handed == kept+s.count {
		return 0, false
	}
	s.logProgress(kept + s.count)
	s.handed++
	if s.handed <= kept {
		return s.kept[s.handed-1], true
	}
	return s.first + s.handed - kept - 1, true
}

// fail fails the test with the command that repeats the seed, and keeps the seed.
func (s *Source) fail(seed uint64, failure string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = true
	s.t.Errorf("seed %d: %s\nrepeat it in the project's folder: %s", seed, failure, repeatCommand(s.t.Name(), seed))
	if *seedFlag != 0 || slices.Contains(s.kept, seed) {
		return
	}
	if err := keepSeed(s.file, seed); err != nil {
		s.t.Logf("the seed is not kept: %v", err)
		return
	}
	s.kept = append(s.kept, seed)
	s.handed++
	s.t.Logf("the seed is kept in %s: the next runs begin with it", s.file)
}

// logProgress logs once a minute how many seeds are done: a run of hundreds takes
// that long.
func (s *Source) logProgress(all uint64) {
	if now := time.Now(); now.Sub(s.logged) >= time.Minute {
		s.logged = now
		s.t.Logf("%d of %d seeds", s.handed, all)
	}
}

func (s *Source) logSummary() {
	s.mu.Lock()
	defer s.mu.Unlock()
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(s.leftOut)) {
		parts = append(parts, fmt.Sprintf("%d × %s", s.leftOut[reason], reason))
	}
	s.t.Logf("%d seeds; left out: %s", s.handed, cmp.Or(strings.Join(parts, ", "), "none"))
}
