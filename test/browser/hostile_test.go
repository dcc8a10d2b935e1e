package browser_test

import (
	"bytes"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report/page"
)

// hostile are names that would be markup, script, or a lie, if they were anything
// but text. An API server refuses most; what a file says nobody has looked at.
var hostile = []string{
	`<script>pwned()</script>`, `</script><script>pwned()</script>`, `<img src=x onerror=pwned()>`, `"><svg onload=pwned()>`,
	`' onmouseover='pwned()`, "a\u2028pwned()", "a\u2029b", "evil\u202egnp.exe", "a\u0000b\u001b[31mc", `{{.}}`, `&lt;b&gt;`, `<!--`, `]]>`,
	`javascript:pwned()`, `__proto__`, "zero\u200bwidth", "\xff\xfe",
}

// TestHostileNamesAreText: wherever a name can come from, it is only ever shown.
func TestHostileNamesAreText(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	o := &kube.Objects{}
	check := &report.Check{Enforcement: enforce.Verdict{Verdict: enforce.Unknown, Evidence: hostile, Unreadable: hostile},
		Header: report.NewHeader(hostile)}
	for _, bad := range hostile {
		ns := "ns " + bad
		o.Namespaces = append(o.Namespaces, kube.Namespace{Meta: kube.Meta{Name: ns, Labels: map[string]string{"x": bad}}})
		pod := kube.Pod{Meta: kube.Meta{Name: bad, Namespace: ns}, Owner: kube.Ref{Kind: "Deployment", Namespace: ns, Name: bad}}
		o.Pods = append(o.Pods, pod)
		o.NetworkPolicies = append(o.NetworkPolicies, kube.NetworkPolicy{Meta: kube.Meta{Name: "policy " + bad, Namespace: ns},
			Origin: kube.Origin{File: bad, Line: 3}, Spec: kube.NetworkPolicySpec{Ingress: []kube.NetworkPolicyIngressRule{{}}}})
		check.Findings = append(check.Findings, lint.Finding{Rule: "allow-all", Severity: lint.Error, Kind: bad, Namespace: ns, Name: bad,
			Message: bad, Fix: "# " + bad + "\n  indented: " + bad + "\n", Origin: kube.Origin{File: bad, Line: 1}})
	}
	engine, err := netpol.New(o, netpol.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := page.Write(&file, &page.Document{Source: hostile, Check: check, Engine: engine, External: true}); err != nil {
		t.Fatal(err)
	}
	p := open(t, ctx, b, "hostile", file.Bytes(), desk)
	p.eval(`document.getElementById("expand").click()`)
	p.shot("hostile", true)
	p.click(`#grid td[aria-label^="ns "]:not([aria-label*="outside"]):has(.cell.all)`)
	p.has("#detail", "allowed by rule 1", "NetworkPolicy ns ")
	p.shot("hostile-detail", false)
	for _, id := range []string{"tab-graph", "tab-list", "tab-matrix"} {
		p.click("#" + id)
	}
	p.fill("#search", `</script>`)
	p.want(`document.querySelectorAll("script, style").length`, "3")
	p.want(`document.querySelectorAll("img, iframe, object, embed, form, base, link, [onerror], [onload], [onmouseover], main svg[onload]").length`, "0")
	p.want(`typeof pwned`, "undefined")
	p.want(`/[\u202e\u2028\u2029\u200b\u0000\u001b]/.test(document.documentElement.textContent)`, "false")
	p.has("main", `<script>pwned()</script>`, `evil\u202egnp.exe`)
	p.quiet()
}

// TestPolicyOfThePage: the browser itself would stop what got in.
func TestPolicyOfThePage(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	p := open(t, ctx, b, "policy", written(t, shop, "check"), desk)
	p.quiet()
	p.want(`(() => { try { const s = document.createElement("script"); s.append("window.pwned = 1"); document.body.append(s); } catch {} return window.pwned; })()`, "undefined")
	p.want(`(() => { try { document.body.innerHTML = "<b>x</b>"; return "markup"; } catch (e) { return e.name; } })()`, "TypeError")
	var got string
	if err := p.Eval(ctx, `fetch("https://192.0.2.1/").then(() => "fetched", (e) => e.name)`, &got); err != nil || got != "TypeError" {
		t.Errorf("fetch: %q %v", got, err)
	}
	if len(p.Complaints()) == 0 {
		t.Error("the browser did not complain")
	}
}
