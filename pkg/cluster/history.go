package cluster

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// How many operations are cached, and how many of the last ones an estimate uses:
// they say most about the next one.
const (
	maxHistory = 50
	medianOf   = 9
)

// History is how long operations took that this user waited for. Nothing in it
// names a cluster. The zero value remembers nothing.
type History struct {
	Store *store.Store // nil: --no-cache
	Key   string       // of whose and in which region; see HistoryKey
}

// HistoryKey names the history of a user in a region.
func HistoryKey(authURL, userID, region string) string {
	return store.Key("durations", authURL, userID, region)
}

// pastOperation is an operation that has ended. Its JSON is cached.
type pastOperation struct {
	Operation Operation `json:"operation"`
	Seconds   float64   `json:"seconds"`
}

// Expect returns how long an operation takes: the median of the last ones, or 0
// when there were none. What cannot be read counts as none.
func (h History) Expect(o Operation) time.Duration {
	var seconds []float64
	for _, t := range h.load() {
		if t.Operation == o && t.Seconds > 0 {
			seconds = append(seconds, t.Seconds)
		}
	}
	if len(seconds) == 0 {
		return 0
	}
	seconds = seconds[max(0, len(seconds)-medianOf):]
	slices.Sort(seconds)
	return time.Duration(seconds[len(seconds)/2] * float64(time.Second))
}

// Learn remembers how long an operation took.
func (h History) Learn(ctx context.Context, o Operation, d time.Duration) error {
	if h.Store == nil || d <= 0 {
		return nil
	}
	release, err := h.Store.Lock(ctx, h.Key)
	if err != nil {
		return err
	}
	defer release()
	all := append(h.load(), pastOperation{o, d.Seconds()})
	data, err := json.Marshal(all[max(0, len(all)-maxHistory):])
	if err != nil {
		return err
	}
	return h.Store.Set(h.Key, data)
}

func (h History) load() []pastOperation {
	if h.Store == nil {
		return nil
	}
	data, err := h.Store.Get(h.Key)
	var all []pastOperation
	if err != nil || json.Unmarshal(data, &all) != nil {
		return nil
	}
	return all
}

// CreationTook returns how long a cluster that has just come up took to make,
// by Magnum's own clock; 0 when it does not tell.
func CreationTook(c *magnum.Cluster) time.Duration {
	from, err := time.Parse(time.RFC3339, c.CreatedAt)
	if err != nil {
		return 0
	}
	to, err := time.Parse(time.RFC3339, c.UpdatedAt)
	if err != nil || !to.After(from) {
		return 0
	}
	return to.Sub(from)
}
