package prepare

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/cache"
)

// patience bounds one part, for servers that stop answering. The longest takes five
// minutes on two idle cores, and took an hour beside a load of forty.
const patience = 3 * time.Hour

// Result is how the preparation of one part ended.
type Result struct {
	Part
	Skipped error // why it cannot be made here
	Err     error // why it was not made
	Made    bool  // false when it was there
	Took    time.Duration
}

// Report is how a preparation ended.
type Report []Result

// Failed returns the parts that could have been made and were not.
func (r Report) Failed() Report {
	var failed Report
	for _, result := range r {
		if result.Err != nil {
			failed = append(failed, result)
		}
	}
	return failed
}

// Err returns an error that names the failed parts, or nil.
func (r Report) Err() error {
	failed := r.Failed()
	if len(failed) == 0 {
		return nil
	}
	var names []string
	for _, result := range failed {
		names = append(names, result.Name)
	}
	return fmt.Errorf("not prepared: %s (the reasons are above; what was prepared is kept)", strings.Join(names, ", "))
}

// Run makes what is missing or broken of the parts, and writes a line to out for
// each when it begins, for what takes long, and when it is done. A part that fails
// or cannot be made here stops no other; an interrupted preparation goes on where
// it was when it is run again.
func Run(ctx context.Context, parts []Part, out io.Writer) Report {
	p := &preparation{out: out, begin: time.Now()}
	report := make(Report, len(parts))
	waiting := map[Lane]chan int{}
	for _, lane := range []Lane{Packages, Compiler} {
		waiting[lane] = make(chan int, len(parts))
		for i, part := range parts {
			if part.Lane == lane {
				waiting[lane] <- i
			}
		}
		close(waiting[lane])
	}
	var workers sync.WaitGroup
	for _, lanes := range [][]Lane{{Packages, Compiler}, {Compiler}} {
		workers.Go(func() {
			for _, lane := range lanes {
				for i := range waiting[lane] {
					report[i] = p.prepare(ctx, parts[i])
				}
			}
		})
	}
	workers.Wait()
	p.summarize(report)
	return report
}

// preparation writes what goes on, a line at a time.
type preparation struct {
	begin time.Time

	mu  sync.Mutex
	out io.Writer
}

func (p *preparation) line(part, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, "prepare %6s  %-16s %s\n", clock(time.Since(p.begin)), part, text)
}

// clock writes minutes and seconds.
func clock(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

func (p *preparation) prepare(ctx context.Context, part Part) Result {
	r := Result{Part: part}
	begin := time.Now()
	if r.Skipped = part.Maker.Unavailable(); r.Skipped != nil {
		p.line(part.Name, "skipped: "+r.Skipped.Error())
		return r
	}
	bounded, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("it took more than %v", patience))
	defer cancel()
	r.Made, r.Err = part.Maker.MakePart(bounded, func(what string) { p.line(part.Name, what+" …") })
	r.Took = time.Since(begin)
	switch {
	case r.Err != nil && ctx.Err() != nil:
		p.line(part.Name, "interrupted (run it again to go on)")
	case r.Err != nil:
		p.line(part.Name, "FAILED: "+explain(r.Err, context.Cause(bounded)))
	case r.Made:
		p.line(part.Name, "done in "+clock(r.Took))
	default:
		p.line(part.Name, "is ready")
	}
	return r
}

// noNetwork finds what apt, wget and go say when a server cannot be reached.
var noNetwork = regexp.MustCompile(`(?i)temporary failure resolving|could not resolve|unable to resolve|no such host|network is unreachable|` +
	`dial tcp|i/o timeout|unable to connect|connection timed out|connection failed|server misbehaving`)

// explain returns an error with what to do about it. cause is why the context
// ended, if it did.
func explain(err, cause error) string {
	var full *cache.FullDiskError
	if errors.As(err, &full) {
		return full.Error()
	}
	if cause != nil {
		return cause.Error()
	}
	for line := range strings.Lines(err.Error()) {
		if noNetwork.MatchString(line) {
			return fmt.Sprintf(`the network does not answer: %s (run "make prepare" again when it does)`, strings.TrimSpace(line))
		}
	}
	return err.Error()
}

func (p *preparation) summarize(report Report) {
	var made, ready, skipped, failed int
	for _, r := range report {
		switch {
		case r.Skipped != nil:
			skipped++
		case r.Err != nil:
			failed++
		case r.Made:
			made++
		default:
			ready++
		}
	}
	p.line("", fmt.Sprintf("%d parts: %d made, %d ready before, %d skipped, %d failed", len(report), made, ready, skipped, failed))
}

// All prepares everything in the list, and names what no part of it uses: folders
// of other versions of the project, which take space.
func All(ctx context.Context, out io.Writer) Report {
	return runNamingUnused(ctx, Parts(), out)
}

// Tests prepares what tests need, as All does.
func Tests(ctx context.Context, out io.Writer) Report {
	return runNamingUnused(ctx, testParts(), out)
}

func runNamingUnused(ctx context.Context, parts []Part, out io.Writer) Report {
	report := Run(ctx, parts, out)
	if unused := unused(ctx); len(unused) > 0 {
		fmt.Fprintln(out, "not used by this version: "+strings.Join(unused, " "))
	}
	return report
}

func unused(ctx context.Context) []string {
	var names []string
	for _, part := range Parts() {
		makers := []interface {
			Entry(context.Context) (string, error)
		}{part.Maker}
		if image, ok := part.Maker.(debian.Image); ok {
			makers = append(makers, image.Base())
		}
		for _, m := range makers {
			if name, err := m.Entry(ctx); err == nil && name != "" {
				names = append(names, name)
			}
		}
	}
	return cache.Others(names)
}
