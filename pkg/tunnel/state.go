package tunnel

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// state is what a running tunnel writes into the private cache, so that processes
// of the same user can recognise it and talk to it.
type state struct {
	Key []byte `json:"key"` // shared secret; of this process alone
	Pid int    `json:"pid"`
	Dir string `json:"dir"` // with the socket of its ssh
}

func stateKey(port int) string { return store.Key("tunnel", strconv.Itoa(port)) }

// loadState returns nil where no tunnel of ours was ever on the port, or its file
// cannot be used: then what listens there is another program.
func loadState(s *store.Store, port int) *state {
	data, err := s.Get(stateKey(port))
	st := &state{}
	if err != nil || data == nil || json.Unmarshal(data, st) != nil || len(st.Key) < keySize {
		return nil
	}
	return st
}

func (st *state) save(s *store.Store, port int) error {
	data, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("encoding the state of the tunnel: %w", err)
	}
	return s.Set(stateKey(port), data)
}

// dirPattern names the folders of sockets.
const dirPattern = "kubectl-catalyst-*"

// newState returns that of this process, which alone has the port now. What one
// before it left, because it was killed, is removed.
func newState(s *store.Store, port int) (*state, error) {
	if old := loadState(s, port); old != nil {
		if ours, err := filepath.Match(dirPattern, filepath.Base(old.Dir)); err == nil && ours {
			_ = os.RemoveAll(old.Dir)
		}
	}
	st := &state{Key: make([]byte, keySize), Pid: os.Getpid()}
	_, _ = rand.Read(st.Key) // never fails, says crypto/rand
	var err error
	if st.Dir, err = os.MkdirTemp("", dirPattern); err != nil {
		return nil, fmt.Errorf("making a folder for the socket of ssh: %w", err)
	}
	return st, st.save(s, port)
}

// forget removes what st is about, and st from the cache unless another tunnel took
// its place.
func (st *state) forget(s *store.Store, port int) error {
	_ = os.RemoveAll(st.Dir)
	if now := loadState(s, port); now == nil || string(now.Key) != string(st.Key) {
		return nil
	}
	return s.Delete(stateKey(port))
}
