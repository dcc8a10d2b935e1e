package cluster_test

import (
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

func template(name, tag, made string) magnum.Template {
	t := magnum.Template{UUID: "uuid-of-" + name + made, Name: name, COE: "kubernetes", CreatedAt: made, Labels: magnum.Labels{}}
	if tag != "" {
		t.Labels["kube_tag"] = tag
	}
	return t
}

func templates() []magnum.Template {
	hidden, plain := template("kubernetes-v1.35.9-20261001", "v1.35.9", ""), template("no-tls", "v1.36.9", "")
	hidden.Hidden, plain.TLSDisabled = true, true
	return []magnum.Template{
		template("kubernetes-v1.35.10-20260901", "v1.35.10", "2026-09-01"),
		template("kubernetes-v1.35.6-20260710", "v1.35.6", "2026-07-10"),
		template("kubernetes-v1.35.6-20260801", "v1.35.6", "2026-08-01"),
		template("kubernetes-v1.34.2-20260101", "", "2026-01-01"),
		template("kubernetes-v1.36.3-20261010", "v1.36.3", "2026-10-10"),
		template("mine", "", "a"), template("twice", "", "a"), template("twice", "", "b"), hidden, plain,
	}
}

// shown is what a person reads.
func shown(err error) string {
	var b strings.Builder
	clierr.Print(&b, err)
	return b.String()
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]string{
		"kubernetes-v1.34.2-20260101": "kubernetes-v1.34.2-20260101",
		"uuid-of-minea":               "mine",
		"mine":                        "mine",
		"v1.35":                       "kubernetes-v1.35.10-20260901", // ten comes after six
		"1.35":                        "kubernetes-v1.35.10-20260901",
		"v1.35.6":                     "kubernetes-v1.35.6-20260801", // the later of two
		"v1.34":                       "kubernetes-v1.34.2-20260101", // by its name alone
		"v1.36":                       "kubernetes-v1.36.3-20261010", // never one without TLS
		"no-tls":                      "no-tls",                      // unless it is asked for
	} {
		got, err := cluster.Template(templates(), ref)
		if err != nil || got.Name != want {
			t.Errorf("%q: %v, %v", ref, got, err)
		}
	}
	for ref, want := range map[string]string{
		"twice":   "uuid-of-twicea, uuid-of-twiceb",
		"v1.3":    "no template makes Kubernetes v1.3; there is v1.34, v1.35, v1.36",
		"v1.35.9": "no template makes", // hidden
		"nope":    `no template is called "nope"`,
	} {
		if _, err := cluster.Template(templates(), ref); !strings.Contains(shown(err), want) || clierr.Hint(err) == "" {
			t.Errorf("%q: %s", ref, shown(err))
		}
	}
}

func TestAPIAccess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ address, label, want string }{
		{"https://10.0.0.5:6443", "", cluster.Private},
		{"https://10.0.0.5:6443", "true", cluster.Private}, // the label is a wish, the address a fact
		{"https://103.254.157.9:6443", "false", cluster.Public},
		{"https://[2404:130::1]:6443", "", cluster.Public},
		{"https://[fd00::1]:6443", "", cluster.Private},
		{"", "", cluster.Private},
		{"", "True", cluster.Public},
		{"https://api.example.nz:6443", "true", cluster.Public},
		{"https://127.0.0.1:6443", "true", cluster.Public},
	} {
		got := cluster.APIAccess(&magnum.Cluster{APIAddress: c.address, Labels: magnum.Labels{"master_lb_floating_ip_enabled": c.label}})
		if got != c.want {
			t.Errorf("%q, label %q: %s", c.address, c.label, got)
		}
	}
}
