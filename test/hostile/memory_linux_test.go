package hostile

import (
	"os"
	"syscall"
)

// peakMemory returns the most memory that an ended process held, in bytes.
func peakMemory(p *os.ProcessState) int64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}
