package cloud

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// ServerTime returns what time it is for Keystone, to the second: from the Date
// of any answer and, where a server sends none, from a token made for the
// purpose and not cached. Nobody is asked for anything.
func (c *Cloud) ServerTime(ctx context.Context) (time.Time, error) {
	date, err := c.dateHeader(ctx)
	if err != nil || !date.IsZero() {
		return date, err
	}
	host := hostOf(c.id.AuthURL)
	if c.id.Method == methodToken {
		return time.Time{}, fmt.Errorf("%s does not say what time it is", host)
	}
	quiet := *c
	quiet.opts.Prompt = nil
	rec, err := quiet.signIn(ctx, "")
	if err != nil {
		return time.Time{}, err
	}
	if rec.Issued.IsZero() {
		return time.Time{}, fmt.Errorf("%s does not say what time it is", host)
	}
	return rec.Issued, nil
}

// dateHeader is zero where the server, an application server without a web
// server in front, sends no date.
func (c *Cloud) dateHeader(ctx context.Context) (time.Time, error) {
	client, err := c.httpClient(place{url: c.id.AuthURL})
	if err != nil {
		return time.Time{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.id.AuthURL, nil)
	if err != nil {
		return time.Time{}, fmt.Errorf("asking %s for the time: %w", hostOf(c.id.AuthURL), err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return time.Time{}, Explain(err)
	}
	resp.Body.Close()
	date, _ := http.ParseTime(resp.Header.Get("Date")) // zero when it cannot be read
	return date, nil
}
