package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/expect"
)

// Test is the answer of test: how expectations do.
type Test struct {
	Header
	Results []expect.Result
}

// Failed returns how many expectations do not hold.
func (t *Test) Failed() int {
	n := 0
	for i := range t.Results {
		if !t.Results[i].Holds {
			n++
		}
	}
	return n
}

// testWord is the result of an expectation.
func testWord(r *expect.Result) string {
	if r.Holds {
		return "holds"
	}
	return "fails"
}

// against says in a line what shows that an expectation does not hold.
func against(r *expect.Result) string {
	if r.Example == nil {
		return ""
	}
	x := r.Example
	text := fmt.Sprintf("%s -> %s %s %d is %s", x.Source, x.Destination, x.Protocol, x.Port, verdictWord(x.Allowed))
	if r.Against > 1 {
		text += fmt.Sprintf(" (1 of %d pairs)", r.Against)
	}
	return clierr.Clean(text)
}

func (t *Test) summary() string {
	if n := t.Failed(); n > 0 {
		return fmt.Sprintf("%d of %s fail", n, count(len(t.Results), "expectation", "expectations"))
	}
	if len(t.Results) == 1 {
		return "the expectation holds"
	}
	return fmt.Sprintf("all %d expectations hold", len(t.Results))
}

// TestText writes a table, and for each expectation that does not hold the flow
// that shows it, with the rules that decide.
func TestText(w io.Writer, t *Test) error {
	b := bufio.NewWriter(w)
	rows := table{w: b, header: []string{"RESULT", "EXPECTATION", "BUT"}}
	for i := range t.Results {
		r := &t.Results[i]
		rows.row(testWord(r), clierr.Clean(r.String()), against(r))
	}
	rows.write()
	for i := range t.Results {
		if r := &t.Results[i]; !r.Holds {
			fmt.Fprintf(b, "\n%s:%d: %s\n", clierr.Clean(r.File), r.Line, clierr.Clean(r.String()))
			writeExample(b, r.Example)
		}
	}
	fmt.Fprintf(b, "\n%s\n", t.summary())
	return flush(b)
}

func writeExample(w io.Writer, x *expect.Example) {
	fmt.Fprintf(w, "%s -> %s %s %d: %s\n", clierr.Clean(x.Source), clierr.Clean(x.Destination), x.Protocol, x.Port, verdictWord(x.Allowed))
	if x.Explanation == nil {
		fmt.Fprintln(w, "  from one replica to another")
		return
	}
	WriteSide(w, "egress from "+x.Source, &x.Explanation.Egress)
	WriteSide(w, "ingress to "+x.Destination, &x.Explanation.Ingress)
	for _, n := range x.Explanation.Notes {
		fmt.Fprintf(w, "  note: %s\n", clierr.Clean(n))
	}
}

// The JSON of a test.
type (
	testJSON struct {
		Holds bool `json:"holds"`
		Header
		Expectations []expectationJSON `json:"expectations"`
	}
	expectationJSON struct {
		Name    string       `json:"name"`
		File    string       `json:"file"`
		Line    int          `json:"line"`
		From    string       `json:"from,omitempty"`
		To      string       `json:"to"`
		Only    []string     `json:"only"`
		Ports   []string     `json:"ports"`
		Allow   bool         `json:"allow"`
		Holds   bool         `json:"holds"`
		Against int          `json:"against"`
		Example *exampleJSON `json:"example,omitempty"`
	}
	exampleJSON struct {
		Source      string    `json:"source"`
		Destination string    `json:"destination"`
		Protocol    string    `json:"protocol"`
		Port        uint16    `json:"port"`
		Allowed     bool      `json:"allowed"`
		Egress      *sideJSON `json:"egress,omitempty"`
		Ingress     *sideJSON `json:"ingress,omitempty"`
	}
)

// Object returns the answer with the field names of its JSON.
func (t *Test) Object() any {
	out := testJSON{Holds: t.Failed() == 0, Header: t.Header, Expectations: []expectationJSON{}}
	for i := range t.Results {
		r := &t.Results[i]
		e := expectationJSON{Name: r.String(), File: r.File, Line: r.Line, From: r.From, To: r.To, Only: r.Only,
			Ports: expect.PortTexts(r.Ports), Allow: r.Allow, Holds: r.Holds, Against: r.Against}
		if x := r.Example; x != nil {
			e.Example = &exampleJSON{Source: x.Source, Destination: x.Destination, Protocol: x.Protocol.String(), Port: x.Port, Allowed: x.Allowed}
			if x.Explanation != nil {
				egress, ingress := newSide(&x.Explanation.Egress), newSide(&x.Explanation.Ingress)
				e.Example.Egress, e.Example.Ingress = &egress, &ingress
			}
		}
		out.Expectations = append(out.Expectations, e)
	}
	return out
}

// TestJUnit writes a test case for each expectation, and one for whether all that
// matters could be read.
func TestJUnit(w io.Writer, t *Test) error {
	suite := junitSuite{Name: "network-policy test"}
	for i := range t.Results {
		r := &t.Results[i]
		one := junitCase{Name: clierr.Clean(r.String()), Class: clierr.Clean(r.File), File: r.File}
		if !r.Holds {
			var why strings.Builder
			fmt.Fprintf(&why, "%s:%d\n", clierr.Clean(r.File), r.Line)
			writeExample(&why, r.Example)
			one.Failure = &junitFailure{"expectation", against(r), why.String()}
		}
		suite.Cases = append(suite.Cases, one)
	}
	complete := junitCase{Name: "everything that matters could be read", Class: "complete"}
	if !t.Complete {
		complete.Failure = &junitFailure{"incomplete", "the answer is incomplete", clierr.Clean(strings.Join(t.Incomplete, "; "))}
	}
	suite.Cases = append(suite.Cases, complete)
	return writeJUnit(w, suite)
}

// TestMarkdown writes the same for a merge request or a wiki.
func TestMarkdown(w io.Writer, t *Test) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# Expected of network policies\n\n**%s**\n\n| result | expectation | but |\n|---|---|---|\n", t.summary())
	for i := range t.Results {
		r := &t.Results[i]
		fmt.Fprintf(b, "| %s | %s | %s |\n", testWord(r), markdown(r.String()), markdown(against(r)))
	}
	if !t.Complete {
		fmt.Fprint(b, "\n## The answer is incomplete\n\n")
		for _, reason := range t.Incomplete {
			fmt.Fprintf(b, "- %s\n", markdown(reason))
		}
	}
	return flush(b)
}

// TestGitHub writes workflow commands, which GitHub shows beside the lines of the
// expectations that do not hold.
func TestGitHub(w io.Writer, t *Test) error {
	b := bufio.NewWriter(w)
	for i := range t.Results {
		if r := &t.Results[i]; !r.Holds {
			gitHubCommand(b, "error", r.File, r.Line, "network policy: "+r.String(), against(r))
		}
	}
	for _, reason := range t.Incomplete {
		gitHubCommand(b, "warning", "", 0, "network policy: incomplete", reason)
	}
	fmt.Fprintln(b, t.summary())
	return flush(b)
}

// Record writes expectations as a file that test reads.
func Record(w io.Writer, all []expect.Expectation) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "expect:")
	texts := func(list []string) string {
		quoted := make([]string, len(list))
		for i, text := range list {
			quoted[i] = string(quote(text))
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	for i := range all {
		e := &all[i]
		fmt.Fprint(b, "- {")
		if e.Only == nil {
			fmt.Fprintf(b, `from: %s, `, quote(e.From))
		}
		fmt.Fprintf(b, "to: %s, ", quote(e.To))
		if list := expect.PortTexts(e.Ports); !slices.Equal(list, []string{"TCP", "UDP", "SCTP"}) {
			fmt.Fprintf(b, "ports: %s, ", texts(list))
		}
		if e.Only == nil {
			fmt.Fprintf(b, "allow: %v}\n", e.Allow)
		} else {
			fmt.Fprintf(b, "only: %s}\n", texts(e.Only))
		}
	}
	if len(all) == 0 {
		fmt.Fprintln(b, "[]")
	}
	return flush(b)
}
