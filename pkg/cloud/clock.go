package cloud

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// ServerTime returns what time it is for Keystone, to the second, as the header
// of any answer tells: nobody has to sign in for that.
func (c *Cloud) ServerTime(ctx context.Context) (time.Time, error) {
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
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}, fmt.Errorf("%s does not say what time it is", hostOf(c.id.AuthURL))
	}
	return date, nil
}
