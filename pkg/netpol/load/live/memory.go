package live

import (
	"io"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// What reading a cluster may take. Kubernetes is made for up to 150,000 pods in a
// cluster, which take 150 MiB here where each pod is a workload of its own.
const (
	maxTime = time.Hour
	// maxRetained is how much memory the objects that were read may take.
	maxRetained = 192 << 20
	// maxHeap is where garbage is collected at once, so that what is thrown away
	// does not add much to that.
	maxHeap = 200 << 20
	// checkEvery is how much is read between two checks of the memory.
	checkEvery = 256 << 10
)

var (
	errTooLong = clierr.Errorf("name a cluster that answers faster, or read files with -f", "reading the cluster took longer than %s", maxTime)
	errTooMuch = clierr.Errorf("no cluster within the limits of Kubernetes (150,000 pods) has as much; "+
		"'kubectl get -o json' writes files to read with -f, where nothing is counted",
		"what the API server sends takes more than %d MiB of memory", maxRetained>>20)
)

// memory watches how much of what a server sends is kept.
type memory struct {
	read    atomic.Int64
	collect sync.Mutex
}

// check returns an error when too much is kept.
func (m *memory) check() error {
	if used("/memory/classes/heap/objects:bytes") > maxHeap {
		m.collect.Lock()
		defer m.collect.Unlock()
		if used("/memory/classes/heap/objects:bytes") > maxHeap { // nobody else collected meanwhile
			runtime.GC()
		}
	}
	if used("/gc/heap/live:bytes") > maxRetained {
		return errTooMuch
	}
	return nil
}

// used reads a metric of the runtime, which names it.
func used(metric string) uint64 {
	sample := []metrics.Sample{{Name: metric}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// reader checks while an answer is read.
func (m *memory) reader(r io.Reader) io.Reader { return &checked{r, m} }

type checked struct {
	io.Reader
	memory *memory
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	now := c.memory.read.Add(int64(n))
	if now/checkEvery != (now-int64(n))/checkEvery {
		if err := c.memory.check(); err != nil {
			return 0, err
		}
	}
	return n, err
}
