package browser

import (
	"context"
	"encoding/base64"
	"fmt"
	"unicode/utf8"
)

// Type types text where the focus is.
func (t *Tab) Type(ctx context.Context, text string) error {
	return t.call(ctx, "Input.insertText", map[string]any{"text": text}, nil)
}

// keys are the keys that are no characters, with their codes.
var keys = map[string]int{"Enter": 13, "Tab": 9, "Home": 36, "End": 35, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
	"ArrowDown": 40, "PageUp": 33, "PageDown": 34, "Escape": 27}

// Press presses keys, one after the other: those above, or single characters.
func (t *Tab) Press(ctx context.Context, names ...string) error {
	for _, name := range names {
		down := map[string]any{"type": "keyDown", "key": name}
		if code, ok := keys[name]; ok {
			down["windowsVirtualKeyCode"], down["code"] = code, name
		} else if utf8.RuneCountInString(name) == 1 {
			down["text"] = name
		} else {
			return fmt.Errorf("there is no key %q", name)
		}
		if name == "Enter" {
			down["text"] = "\r"
		}
		if err := t.call(ctx, "Input.dispatchKeyEvent", down, nil); err != nil {
			return err
		}
		if err := t.call(ctx, "Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": name}, nil); err != nil {
			return err
		}
	}
	return nil
}

// Click scrolls the first element that a selector finds into sight and clicks its
// middle with the mouse.
func (t *Tab) Click(ctx context.Context, selector string) error {
	var at *struct{ X, Y float64 }
	find := fmt.Sprintf(`(() => { const e = document.querySelector(%q); if (!e) return null; e.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
		const r = e.getBoundingClientRect(); return {X: r.x + r.width / 2, Y: r.y + r.height / 2}; })()`, selector)
	if err := t.Eval(ctx, find, &at); err != nil {
		return err
	}
	if at == nil {
		return fmt.Errorf("there is no %s to click", selector)
	}
	for _, kind := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
		params := map[string]any{"type": kind, "x": at.X, "y": at.Y, "button": "left", "clickCount": 1}
		if err := t.call(ctx, "Input.dispatchMouseEvent", params, nil); err != nil {
			return err
		}
	}
	return nil
}

// Screenshot returns the page as a PNG: what is in the window, or all of it.
func (t *Tab) Screenshot(ctx context.Context, whole bool) ([]byte, error) {
	var out struct{ Data string }
	params := map[string]any{"format": "png", "captureBeyondViewport": whole}
	if whole {
		var size struct{ W, H float64 }
		if err := t.Eval(ctx, `({W: document.documentElement.scrollWidth, H: document.documentElement.scrollHeight})`, &size); err != nil {
			return nil, err
		}
		params["clip"] = map[string]any{"x": 0, "y": 0, "width": size.W, "height": size.H, "scale": 1}
	}
	if err := t.call(ctx, "Page.captureScreenshot", params, &out); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(out.Data)
}

// Named returns the names of everything with a role, as a screen reader is told
// them.
func (t *Tab) Named(ctx context.Context, role string) ([]string, error) {
	type value struct {
		Value any `json:"value"`
	}
	var tree struct {
		Nodes []struct {
			Ignored    bool
			Role, Name value
		}
	}
	if err := t.call(ctx, "Accessibility.getFullAXTree", nil, &tree); err != nil {
		return nil, err
	}
	var out []string
	for _, n := range tree.Nodes {
		if name, ok := n.Name.Value.(string); ok && !n.Ignored && n.Role.Value == role {
			out = append(out, name)
		}
	}
	return out, nil
}
