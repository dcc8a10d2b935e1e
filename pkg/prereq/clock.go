package prereq

import (
	"context"
	"fmt"
	"time"
)

// Clock compares this machine's clock with Keystone's.
type Clock struct {
	Keystone string  `json:"keystone"`         // the URL that was asked
	Skew     float64 `json:"skewSeconds"`      // positive: Keystone is ahead
	OK       bool    `json:"ok"`               // tokens and certificates will work
	Reason   string  `json:"reason,omitempty"` // why not, or why it is unknown
}

// maxSkew is how wrong a clock may be for tokens and freshly signed certificates.
const maxSkew = 30 * time.Second

// ReadClock compares now with what ask answers: Keystone's time, to the second.
func ReadClock(ctx context.Context, keystone string, ask func(context.Context) (time.Time, error), now func() time.Time) Clock {
	c := Clock{Keystone: keystone}
	sent := now()
	date, err := ask(ctx)
	if err != nil {
		c.Reason = fmt.Sprintf("Keystone's time is not known: %v", err)
		return c
	}
	received := now()
	// The answer is cut to whole seconds, so on average half a second is missing.
	middle := sent.Add(received.Sub(sent) / 2)
	skew := date.Add(time.Second / 2).Sub(middle).Round(time.Second / 10)
	c.Skew, c.OK = skew.Seconds(), skew.Abs() <= maxSkew
	if !c.OK {
		c.Reason = fmt.Sprintf("this machine's clock is %s %s Keystone's; tokens and certificates may be refused",
			skew.Abs().Round(time.Second), map[bool]string{true: "behind", false: "ahead of"}[skew > 0])
	}
	return c
}
