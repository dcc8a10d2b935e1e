package page

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
)

// Write writes the document. The same document is the same bytes.
func Write(w io.Writer, d *Document) error {
	b := bufio.NewWriterSize(w, 1<<16)
	m := &markup{w: b}
	var data *pageData
	if d.Engine != nil {
		data = buildData(d)
	}
	m.asset("<!DOCTYPE html>\n")
	m.start("html", attr{"lang", "en"})
	m.head(d)
	m.start("body")
	m.leaf("a", "Skip to who reaches whom", class("skip"), attr{"href", "#map"})
	m.body(d, data)
	if data != nil {
		if err := m.script(data); err != nil {
			return err
		}
	}
	m.end()
	m.end()
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// contentSecurityPolicy forbids everything but this program's own style and script, and lets no
// text become markup.
func contentSecurityPolicy() string {
	return "default-src 'none'; script-src " + hash(wholeScript()) + "; style-src " + hash(style) +
		"; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

func hash(a fixed) string {
	sum := sha256.Sum256([]byte(a))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func (m *markup) head(d *Document) {
	m.start("head")
	m.asset("\n<meta charset=\"utf-8\">\n")
	m.asset(`<meta http-equiv="Content-Security-Policy" content="`)
	m.text(contentSecurityPolicy())
	m.asset("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
		"<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n")
	m.leaf("title", d.title())
	m.start("style")
	m.asset(style)
	m.end()
	m.end()
}

// script adds the data and what shows them. encoding/json writes <, >, & and the
// separators of lines as escapes, so that nothing in it ends the element.
func (m *markup) script(data *pageData) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encoding the result: %w", err)
	}
	m.start("script", attr{"type", "application/json"}, attr{"id", "data"})
	_, _ = m.w.Write(raw)
	m.end()
	m.start("script")
	m.asset(wholeScript())
	m.end()
	return nil
}
