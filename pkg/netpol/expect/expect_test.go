package expect_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/expect"
)

func TestExpectationsAreReadOrRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"flow":               {"expect:\n- {name: n, from: a, to: b/c, ports: [8080, 53/udp, 8000-8010, SCTP], allow: true}\n", "n: 8000-8010/TCP 8080/TCP 53/UDP SCTP"},
		"all ports":          {"expect:\n- {from: outside, to: b/Pod/c, allow: false}\n", "outside does not reach b/Pod/c: TCP UDP SCTP"},
		"only":               {"expect:\n- {to: 'a:app=x,tier=y', ports: [1], only: [10.0.0.0/8, b]}\n", "only 10.0.0.0/8, b may reach a:app=x,tier=y: 1/TCP"},
		"nobody":             {"expect:\n- {to: a, only: []}\n", "nobody reaches a: TCP UDP SCTP"},
		"IPv6":               {"expect:\n- {from: '2001:db8::-2001:db8::f', to: a, allow: false}\n", "2001:db8::-2001:db8::f does not reach a: TCP UDP SCTP"},
		"two documents":      {"expect:\n- {to: a, only: []}\n---\nexpect:\n- {to: b, only: []}\n", "nobody reaches a: TCP UDP SCTP; nobody reaches b: TCP UDP SCTP"},
		"nothing":            {"# empty\n", `f: there is no expectation in it; want a list under "expect"`},
		"no list":            {"expect: {}\n", "f:1: expect: want a list"},
		"not YAML":           {"a: b: c\n", "f: yaml: mapping values are not allowed in this context"},
		"other field":        {"expects: []\n", `f:1: there is no field "expects" here; want "expect"`},
		"field twice":        {"expect:\n- {to: a, to: b, only: []}\n", `f:2: key "to" is given twice`},
		"no to":              {"expect:\n- {from: a, allow: true}\n", "f:2: to: want an end"},
		"no allow":           {"expect:\n- {from: a, to: b}\n", "f:2: want from and allow, or only"},
		"only and allow":     {"expect:\n- {to: b, only: [], allow: true}\n", "f:2: only: stands for from and allow; leave those out"},
		"allow is a text":    {"expect:\n- {from: a, to: b, allow: 'yes'}\n", "f:2: allow: want true or false"},
		"port 0":             {"expect:\n- {from: a, to: b, ports: [0], allow: true}\n", `f:2: "0" is not a port; want one such as 8080, 53/UDP, 8000-8010 or UDP`},
		"port beyond":        {"expect:\n- {from: a, to: b, ports: [65536], allow: true}\n", `f:2: "65536" is not a port; want one such as 8080, 53/UDP, 8000-8010 or UDP`},
		"ports backwards":    {"expect:\n- {from: a, to: b, ports: [9-8], allow: true}\n", `f:2: "9-8" is not a port; want one such as 8080, 53/UDP, 8000-8010 or UDP`},
		"no ports":           {"expect:\n- {from: a, to: b, ports: [], allow: true}\n", "f:2: ports: want at least one; leave it out for all"},
		"end of four parts":  {"expect:\n- {from: a/b/c/d, to: b, allow: true}\n", `f:2: "a/b/c/d" is not an end; want a namespace, namespace/name, namespace/Kind/name, namespace:label=value, an address, a range or outside`},
		"end of labels only": {"expect:\n- {from: 'a:app=x,y', to: b, allow: true}\n", `f:2: "a:app=x,y": want labels such as app=web,tier=db`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, err := expect.Parse([]byte(test.text), "f")
			got := []string{}
			for i := range list {
				got = append(got, list[i].String()+": "+strings.Join(expect.PortTexts(list[i].Ports), " "))
			}
			if err != nil {
				got = []string{err.Error()}
			}
			if diff := cmp.Diff(test.want, strings.Join(got, "; ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("expect:\n- {name: n, from: a, to: b/c, ports: [8080, 53/UDP, 8000-8010], allow: true}\n- {to: 'a:b=c', only: [10.0.0.0/8, outside]}\n"))
	f.Add([]byte("expect: [{from: &a outside, to: *a, allow: false}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := expect.Parse(data, "f")
		if err == nil && len(list) == 0 {
			t.Error("nothing was read, and nothing is said to be wrong")
		}
		for i := range list {
			if list[i].Ports.Empty() || list[i].To == "" || list[i].Line == 0 {
				t.Errorf("%+v", list[i])
			}
		}
	})
}
