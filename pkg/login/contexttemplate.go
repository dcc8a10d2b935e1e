package login

import (
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// contextFields are what --context-template can name.
type contextFields struct {
	Cluster, UUID, Project, Region, Cloud, User string
}

// value returns the field that an action such as {{.Cluster}} names.
func (f contextFields) value(action string) (string, bool) {
	switch strings.TrimSpace(action) {
	case ".Cluster":
		return f.Cluster, true
	case ".UUID":
		return f.UUID, true
	case ".Project":
		return f.Project, true
	case ".Region":
		return f.Region, true
	case ".Cloud":
		return f.Cloud, true
	case ".User":
		return f.User, true
	}
	return "", false
}

// expand fills in a template of {{.Field}} actions. It is the part of Go's
// template language that a name needs; text/template itself would keep every
// exported method of every library in the program, three megabytes of them.
func (f contextFields) expand(text string) (string, error) {
	bad := func(what string) error {
		return clierr.New(clierr.Usage, "the fields are {{.Cluster}}, {{.UUID}}, {{.Project}}, {{.Region}}, {{.Cloud}} and {{.User}}",
			"--context-template %q: %s", text, what)
	}
	var b strings.Builder
	for rest := text; rest != ""; {
		plain, after, opened := strings.Cut(rest, "{{")
		b.WriteString(plain)
		if !opened {
			break
		}
		action, next, closed := strings.Cut(after, "}}")
		if !closed {
			return "", bad("a {{ is not closed")
		}
		value, known := f.value(action)
		if !known {
			return "", bad("there is no field " + strings.TrimSpace(action))
		}
		b.WriteString(value)
		rest = next
	}
	return b.String(), nil
}

// CheckContextTemplate returns what is wrong with a template of context names.
func CheckContextTemplate(text string) error {
	_, err := contextFields{}.expand(text)
	return err
}
