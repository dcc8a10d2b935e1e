package prereq

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Clock compares this machine's clock with Keystone's.
type Clock struct {
	Keystone string  `json:"keystone"`         // the URL that was asked
	Skew     float64 `json:"skewSeconds"`      // positive: Keystone is ahead
	OK       bool    `json:"ok"`               // tokens and certificates will work
	Reason   string  `json:"reason,omitempty"` // why not, or why it is unknown
}

// maxSkew is what tokens and freshly signed certificates bear. The header that
// tells the time has a resolution of one second.
const maxSkew = 30 * time.Second

// ReadClock asks the web server at url what time it is: any answer carries a
// Date header, so nobody has to sign in.
func ReadClock(ctx context.Context, client *http.Client, url string, now func() time.Time) Clock {
	c := Clock{Keystone: url}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		c.Reason = "the identity URL cannot be used"
		return c
	}
	sent := now()
	resp, err := client.Do(req)
	if err != nil {
		c.Reason = fmt.Sprintf("asking Keystone for the time: %v", err)
		return c
	}
	received := now()
	_, _ = io.CopyN(io.Discard, resp.Body, 1<<16)
	resp.Body.Close()
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		c.Reason = "Keystone's answer carries no date"
		return c
	}
	// The header is cut to whole seconds, so on average half a second is missing.
	middle := sent.Add(received.Sub(sent) / 2)
	skew := date.Add(time.Second / 2).Sub(middle).Round(time.Second / 10)
	c.Skew, c.OK = skew.Seconds(), skew.Abs() <= maxSkew
	if !c.OK {
		c.Reason = fmt.Sprintf("this machine's clock is %s %s Keystone's; tokens and certificates may be refused",
			skew.Abs().Round(time.Second), map[bool]string{true: "behind", false: "ahead of"}[skew > 0])
	}
	return c
}
