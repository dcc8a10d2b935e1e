package tunnel

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// state is what a running tunnel leaves in the private cache, so that processes
// of the same user can make sure of it and talk to it.
type state struct {
	Key []byte `json:"key"` // shared secret; of this process alone
	Pid int    `json:"pid"`
}

func stateKey(port int) string { return store.Key("tunnel", strconv.Itoa(port)) }

// load returns nil where no tunnel of ours was ever on the port, or its file cannot
// be used: then whoever listens there is a stranger.
func load(s *store.Store, port int) *state {
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
	return s.Put(stateKey(port), data)
}

// forget removes st from the cache, unless another tunnel took its place.
func (st *state) forget(s *store.Store, port int) error {
	if now := load(s, port); now == nil || string(now.Key) != string(st.Key) {
		return nil
	}
	return s.Delete(stateKey(port))
}
