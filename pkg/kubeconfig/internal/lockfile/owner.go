package lockfile

import (
	"encoding/json"
	"io"
	"os"
	"time"
)

// Pauses between two attempts at a lock that somebody else holds.
const (
	firstPause = 2 * time.Millisecond
	longPause  = 100 * time.Millisecond
)

// owner is the content of a lock of ours. kubectl's locks are empty.
type owner struct {
	Program string    `json:"program"`
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
}

// lockProgram marks a lock as ours.
const lockProgram = "kubectl-catalyst"

// thisProcess returns the content of a lock that this process makes.
func thisProcess() owner {
	host, _ := os.Hostname() // without a name, locks are compared by "" on both sides
	return owner{Program: lockProgram, PID: os.Getpid(), Host: host, Since: time.Now()}
}

// maxLock bounds what is read of a lock: ours have a line.
const maxLock = 4096

// ownerIn reads an open lock file and reports whether it is one of ours.
func ownerIn(f *os.File) (o owner, ours bool) {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, maxLock))
	if err != nil || json.Unmarshal(text, &o) != nil || o.Program != lockProgram {
		return owner{}, false
	}
	return o, true
}

// isFile reports whether name is a name of the open file f.
func isFile(name string, f *os.File) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(name)
	return err == nil && os.SameFile(open, named)
}
