package atomicfile

import (
	"math/rand/v2"
	"os"
	"time"
)

// How long and how often an operation is repeated while another program is in
// its way. A virus scanner or an editor has a file open for milliseconds; on a
// machine under load that can become seconds.
const (
	busyLimit  = 5 * time.Second
	firstPause = 2 * time.Millisecond
	longPause  = 100 * time.Millisecond
)

// RetryWhileBusy runs open, which opens or inspects a file, and repeats it while
// another program keeps the file from it. That happens on Windows alone, where a
// program may open a file without sharing it. The wait is bounded; the last
// error is returned.
func RetryWhileBusy(open func() error) error { return retry(open, openLimit) }

// rename renames a file like os.Rename and repeats it while another program has
// one of the two files open.
func rename(from, to string) error {
	return retry(func() error { return os.Rename(from, to) }, renameLimit)
}

// Remove removes a file like os.Remove and repeats it while another program has
// the file open.
func Remove(path string) error {
	return retry(func() error { return os.Remove(path) }, removeLimit)
}

// retry repeats do for as long as limit gives its error.
func retry(do func() error, limit func(error) time.Duration) error {
	start, pause := time.Now(), firstPause
	for {
		err := do()
		if err == nil || time.Since(start) >= limit(err) {
			return err
		}
		time.Sleep(pause/2 + rand.N(pause)) //nolint:gosec // no secret: it only keeps two waiters apart
		pause = min(pause*2, longPause)
	}
}
