package page

import (
	"bufio"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

func TestMarkupEscapes(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	m := &markup{w: bufio.NewWriter(&out)}
	m.start("p", attr{"title", "\"><script>'&\u202e"})
	m.leaf("b", " a<b>\n\u2028&amp; ")
	m.lines("key: <v>\n  - \u202e \n\n")
	m.end()
	if err := m.w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := `<p title="&#34;&gt;&lt;script&gt;&#39;&amp;\u202e"><b>a&lt;b&gt; \u2028&amp;amp;</b>` + "key: &lt;v&gt;\n  - \\u202e\n\n</p>\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestRowsAreShort(t *testing.T) {
	t.Parallel()
	for want, ids := range map[string][]int{"": nil, "0*4": {0, 0, 0, 0}, "1 a*2 10": {1, 10, 10, 36}} {
		if got := encodeRow(ids); got != want {
			t.Errorf("%v: %q, want %q", ids, got, want)
		}
	}
}

func TestRangesInWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0.0.0.0-255.255.255.255":                           "every IPv4 address",
		"10.0.0.0-10.255.255.255":                           "10.0.0.0/8",
		"10.0.0.1-10.0.0.1":                                 "10.0.0.1",
		"10.0.0.1-10.0.0.2":                                 "10.0.0.1 – 10.0.0.2",
		"0.0.0.0-9.255.255.255":                             "0.0.0.0 – 9.255.255.255",
		"2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff": "2001:db8::/32",
		"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff":        "every IPv6 address",
	} {
		first, last, _ := strings.Cut(text, "-")
		r := netpol.Range{First: netip.MustParseAddr(first), Last: netip.MustParseAddr(last)}
		if got := rangeText(r); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
