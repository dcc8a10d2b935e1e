package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Tab is a page in a browser, and what it has complained about and asked for.
type Tab struct {
	b       *Browser
	session string
	loaded  chan struct{}

	// complaints are messages of the console, exceptions and violations of the
	// page's policy; requests are addresses. Both are guarded by b.mu.
	complaints, requests []string
}

// View is the window that a page is seen in.
type View struct {
	Width, Height int
	Dark          bool
	Print         bool // as on paper
	NoScript      bool
}

// Open shows a page, given as its bytes, from a file as a reader would, and waits
// until it has loaded.
func (b *Browser) Open(ctx context.Context, name string, page []byte, v View) (*Tab, error) {
	if err := os.WriteFile(filepath.Join(b.dir, "pages", name), page, 0o600); err != nil {
		return nil, err
	}
	var target struct{ TargetID string }
	if err := b.call(ctx, "", "Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return nil, err
	}
	var attached struct{ SessionID string }
	if err := b.call(ctx, "", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached); err != nil {
		return nil, err
	}
	t := &Tab{b: b, session: attached.SessionID, loaded: make(chan struct{}, 8)}
	b.mu.Lock()
	b.tabs[t.session] = t
	b.mu.Unlock()
	return t, t.begin(ctx, name, v)
}

func (t *Tab) begin(ctx context.Context, name string, v View) error {
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		if err := t.call(ctx, domain+".enable", nil, nil); err != nil {
			return err
		}
	}
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	media := ""
	if v.Print {
		media = "print"
	}
	for method, params := range map[string]map[string]any{
		"Emulation.setDeviceMetricsOverride":   {"width": v.Width, "height": v.Height, "deviceScaleFactor": 1, "mobile": false},
		"Emulation.setEmulatedMedia":           {"media": media, "features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}},
		"Emulation.setScriptExecutionDisabled": {"value": v.NoScript},
	} {
		if err := t.call(ctx, method, params, nil); err != nil {
			return err
		}
	}
	if err := t.call(ctx, "Page.navigate", map[string]any{"url": "file:///srv/" + name}, nil); err != nil {
		return err
	}
	select {
	case <-t.loaded:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("loading %s: %w", name, ctx.Err())
	}
}

func (t *Tab) call(ctx context.Context, method string, params map[string]any, result any) error {
	if params == nil {
		params = map[string]any{}
	}
	return t.b.call(ctx, t.session, method, params, result)
}

// event notes what a test may want to know; b.mu is held.
func (t *Tab) event(m *message) {
	var p struct {
		Request struct {
			URL string `json:"url"`
		} `json:"request"`
		Entry struct {
			Text string `json:"text"`
		} `json:"entry"`
	}
	switch m.Method {
	case "Page.loadEventFired":
		select {
		case t.loaded <- struct{}{}:
		default:
		}
	case "Network.requestWillBeSent":
		_ = json.Unmarshal(m.Params, &p) // what is not understood shows as an empty address
		t.requests = append(t.requests, p.Request.URL)
	case "Log.entryAdded":
		_ = json.Unmarshal(m.Params, &p)
		t.complaints = append(t.complaints, p.Entry.Text)
	case "Runtime.exceptionThrown", "Runtime.consoleAPICalled":
		t.complaints = append(t.complaints, string(m.Params))
	}
}

// Complaints returns what the console shows.
func (t *Tab) Complaints() []string {
	t.b.mu.Lock()
	defer t.b.mu.Unlock()
	return slices.Clone(t.complaints)
}

// Requests returns the addresses that were asked for, the page's own file apart.
func (t *Tab) Requests() []string {
	t.b.mu.Lock()
	defer t.b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(t.requests), func(url string) bool { return strings.HasPrefix(url, "file:///srv/") })
}

// Eval runs an expression in the page, waits for it when it is a promise, and
// decodes its value into result unless that is nil.
func (t *Tab) Eval(ctx context.Context, expression string, result any) error {
	var out struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		ExceptionDetails *struct {
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	params := map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}
	if err := t.call(ctx, "Runtime.evaluate", params, &out); err != nil {
		return err
	}
	if out.ExceptionDetails != nil {
		return fmt.Errorf("%s: %s", expression, out.ExceptionDetails.Exception.Description)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(out.Result.Value, result)
}
