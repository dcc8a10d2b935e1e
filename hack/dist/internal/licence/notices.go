package licence

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Component is something that texts apply to.
type Component struct {
	Name    string
	Version string
	Texts   []Text
}

// line is what divides the parts of the notices.
const line = "------------------------------------------------------------------------------"

// WriteNotices writes all texts in full, each once, below the components that
// it applies to.
func WriteNotices(w io.Writer, program string, components []Component) error {
	var order []string
	users := map[string][]string{}
	for _, c := range components {
		for _, t := range c.Texts {
			text := strings.Trim(strings.ReplaceAll(t.Data, "\r\n", "\n"), "\n") + "\n"
			if users[text] == nil {
				order = append(order, text)
			}
			users[text] = append(users[text], fmt.Sprintf("%s %s (%s)", c.Name, c.Version, t.Name))
		}
	}
	slices.Sort(order) // those that begin alike together: they compress to little more than one
	var b strings.Builder
	fmt.Fprintf(&b, "%s is made of its own code, see LICENSE, and of:\n\n", program)
	for _, c := range components {
		fmt.Fprintf(&b, "  %s %s\n", c.Name, c.Version)
	}
	b.WriteString("\nTheir licences and notices follow, each once.\n")
	for _, text := range order {
		fmt.Fprintf(&b, "\n%s\n", line)
		for _, user := range users[text] {
			fmt.Fprintf(&b, "%s\n", user)
		}
		fmt.Fprintf(&b, "%s\n\n%s", line, text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
