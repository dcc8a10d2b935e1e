package support

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeyaml"
)

// Text writes the bundle for a person to read, or to paste into a ticket.
func (b *Bundle) Text(w io.Writer) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "Support bundle for the cluster %s, %s\n\n", clierr.Clean(b.manifest.Cluster), b.manifest.Created)
	for _, p := range b.manifest.Parts {
		fmt.Fprintf(&text, "%-11s %-10s %s\n", p.Name, p.Status, clierr.Clean(p.Why))
	}
	if n := len(b.manifest.Removed); n > 0 {
		fmt.Fprintf(&text, "\nTaken out (%d):\n", n)
	}
	for _, r := range b.manifest.Removed {
		fmt.Fprintf(&text, "- %s: %s\n", clierr.Clean(r.Where), r.What)
	}
	for _, p := range b.parts {
		if p.status != Collected {
			continue
		}
		body, err := p.text()
		if err != nil {
			return fmt.Errorf("writing %s: %w", p.name, err)
		}
		t := title(p.name)
		fmt.Fprintf(&text, "\n%s\n%s\n%s", t, strings.Repeat("-", len(t)), body)
	}
	_, err := w.Write(text.Bytes())
	return err
}

// text is JSON where people know it as JSON, a list of lines for the timeline,
// and YAML for the rest.
func (p part) text() (string, error) {
	switch p.name {
	case "cluster":
		data, err := json.MarshalIndent(p.value, "", "  ")
		return string(data) + "\n", err
	case "timeline":
		var lines strings.Builder
		list, _ := p.value.([]any)
		for _, item := range list {
			f, _ := item.(fields)
			fmt.Fprintf(&lines, "%s  %s\n", f.text("time"), clierr.Clean(f.text("what")))
		}
		return lines.String(), nil
	}
	data, err := kubeyaml.Marshal(p.value)
	return string(data), err
}

// Archive returns the bundle as a gzipped tar: the text, the manifest, and each
// part that was collected as a JSON file.
func (b *Bundle) Archive() ([]byte, error) {
	var out, text bytes.Buffer
	zipped := gzip.NewWriter(&out)
	files := tar.NewWriter(zipped)
	if err := b.Text(&text); err != nil {
		return nil, err
	}
	if err := b.addFile(files, "support.txt", text.Bytes()); err != nil {
		return nil, err
	}
	if err := b.addJSON(files, "manifest", b.manifest); err != nil {
		return nil, err
	}
	for _, p := range b.parts {
		if p.status != Collected {
			continue
		}
		if err := b.addJSON(files, p.name, p.value); err != nil {
			return nil, err
		}
	}
	if err := files.Close(); err != nil {
		return nil, fmt.Errorf("closing the archive: %w", err)
	}
	if err := zipped.Close(); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	return out.Bytes(), nil
}

func (b *Bundle) addJSON(files *tar.Writer, name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return b.addFile(files, name+".json", append(data, '\n'))
}

func (b *Bundle) addFile(files *tar.Writer, name string, data []byte) error {
	h := &tar.Header{
		Name: "support-" + b.created.Format("20060102-150405") + "/" + name,
		Mode: 0o600, Size: int64(len(data)), ModTime: b.created, Format: tar.FormatPAX,
	}
	if err := files.WriteHeader(h); err != nil {
		return fmt.Errorf("adding %s: %w", name, err)
	}
	if _, err := files.Write(data); err != nil {
		return fmt.Errorf("adding %s: %w", name, err)
	}
	return nil
}
