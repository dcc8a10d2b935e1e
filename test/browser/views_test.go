package browser_test

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report/page"
	"github.com/catalyst-cloud/kubectl-catalyst/test/browser"
)

const (
	rowHeads = `[...document.querySelectorAll("#grid tbody th .label > bdi")].map((e) => e.textContent).join(" ")`
	focused  = `document.activeElement.getAttribute("aria-label") || document.activeElement.innerText`
	stops    = `document.querySelectorAll('#grid [tabindex="0"]').length`
)

// cell finds the cell of a pair in the matrix.
func cell(from, to string) string { return `#grid td[aria-label^='` + from + ` to ` + to + `:']` }

func TestSearchAndFilter(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	p := open(t, ctx, b, "map", written(t, shop, "map"), desk)
	all, err := strconv.Atoi(strings.Fields(p.eval(`document.getElementById("status").textContent`))[0])
	if err != nil || all < 50 {
		t.Fatalf("the map has %d flows: %v", all, err)
	}

	p.fill("#search", "shop payments")
	p.eval(`(document.getElementById("direction").value = "from", document.getElementById("direction").dispatchEvent(new Event("change")))`)
	p.want(rowHeads, "Outside the cluster shop payments")
	p.want(`document.getElementById("status").textContent`, "3 flows found") // the database, DNS, and a range
	p.want(`document.querySelector('#grid td[aria-label^="outside to shop/Deployment/web:"]').ariaLabel`, "outside to shop/Deployment/web: not shown")
	p.fill("#port", "5432")
	p.want(`document.getElementById("status").textContent`, "1 flow found")
	p.want(`document.querySelector('#grid td[aria-label^="shop/Deployment/payments to kube-system/Deployment/coredns:"]').ariaLabel`, "shop/Deployment/payments to kube-system/Deployment/coredns: nothing on this port")
	p.fill("#port", "5432/udp")
	p.want(`document.getElementById("status").textContent`, "0 flows found")
	p.fill("#port", "udp, 443")
	p.want(`document.getElementById("status").textContent`, "2 flows found")
	p.shot("filtered", false)

	p.click("#tab-list")
	p.has("#list", "203.0.113.0/24", "TCP 443", "kube-system/Deployment/coredns")
	p.click("#list tbody tr:last-child button")
	p.want(`document.activeElement.id`, "detail")
	p.has("#detail", "203.0.113.0/24", "NetworkPolicy shop/payments-out")

	p.click("#clear")
	p.want(`document.getElementById("status").textContent`, strconv.Itoa(all)+" flows")
	p.click("#tab-matrix")
	p.click("#external")
	p.want(`document.getElementById("grid").textContent.includes("Outside")`, "false")
	p.quiet()
}

func TestExplanations(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	p := open(t, ctx, b, "map", written(t, shop, "map"), desk)
	p.click(cell("shop/Deployment/orders", "shop/StatefulSet/db"))
	p.has("#detail", "Allowed: TCP 5432", "Leaving shop/Deployment/orders", "NetworkPolicy shop/orders-to-db",
		"Entering shop/StatefulSet/db", "allowed by rule 1", "NetworkPolicy shop/db-from-orders", "manifests.yaml:", "All other ports: denied",
		"network-policy explain shop/Deployment/orders shop/StatefulSet/db --port 5432")
	p.shot("allowed", false)
	p.click(cell("shop/Deployment/web", "shop/StatefulSet/db"))
	p.has("#detail", "Denied on every port", "All ports: denied, no rule matches", "NetworkPolicy shop/default-deny")
	p.click(cell("monitoring/DaemonSet/node-exporter", "shop/Deployment/web"))
	p.has("#detail", "policies do not apply to the host network", "From the node that a pod runs on everything is allowed")
	p.click(cell("ci/Deployment/builder", "outside"))
	p.has("#detail", "TCP 80,443", "11.0.0.0", "NetworkPolicy ci/builder-out")
	p.click(cell("outside", "shop/Deployment/web"))
	p.has("#detail", "Not reached from outside", "NetworkPolicy shop/web-from-ingress")
	p.click(`#grid tbody th[title="shop/Deployment/orders"]`)
	p.has("#detail", "Policies that select it", "Reaches (", "Is reached by (", "shop/Deployment/payments")
	p.quiet()
}

func TestMatrixByKeyboard(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	p := open(t, ctx, b, "map", written(t, shop, "map", "--external=false"), desk)
	p.eval(`document.getElementById("collapse").focus()`)
	p.press("Tab")
	for range 3 { // some browsers let the scrolled region itself be reached, too
		if p.eval(`document.getElementById("grid").contains(document.activeElement) && document.activeElement.id !== "grid"`) == "true" {
			break
		}
		p.press("Tab")
	}
	p.want(stops, "1")
	p.press("Home", "ArrowUp", "ArrowDown", "ArrowDown")
	p.want(focused, "builder Deployment")
	p.press("End")
	p.want(focused, "ci/Deployment/builder to shop/StatefulSet/db: denied")
	p.press("Enter")
	p.has("#detail", "ci/Deployment/builder → shop/StatefulSet/db", "Denied on every port")
	p.want(focused, "ci/Deployment/builder to shop/StatefulSet/db: denied")
	p.press("Home", "ArrowUp")
	p.want(focused+`.split("\n")[0]`, "ci 2")
	p.want(`document.activeElement.getAttribute("aria-expanded")`, "true")
	p.press("Enter")
	p.want(`document.activeElement.getAttribute("aria-expanded")`, "false")
	p.want(stops, "1")
	p.press("ArrowDown")
	p.want(focused, "data 3")
	p.want(`document.querySelector("#grid table").getAttribute("aria-rowcount") == document.querySelectorAll("#grid tr[aria-rowindex]").length`, "true")
	p.quiet()
}

func TestGraph(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	p := open(t, ctx, b, "map", written(t, shop, "map"), desk)
	p.eval(`document.getElementById("tab-matrix").focus()`)
	p.press("ArrowRight")
	p.want(`document.getElementById("graph").hidden`, "false")
	p.shot("graph", false)
	p.click("#collapse")
	p.shot("graph-closed", false)
	p.want(`document.querySelectorAll("#graph .box.member").length`, "0")
	p.click(`#graph .box.c0 .toggle[aria-label="Open namespace shop"]`)
	p.want(`document.querySelectorAll("#graph .box.c0.member").length`, "8")
	p.click(`#graph .box.c0 .main[title="shop/Deployment/orders"]`)
	p.has("#detail", "shop/Deployment/orders", "Reaches (")
	p.want(`[...document.querySelectorAll("#graph .box.c0.member")].map((e) => e.innerText.trim()).join()`, "shop/api Deployment")
	p.has("#graph", "Show everything", "payments", "db")
	p.shot("graph-chosen", false)
	p.eval(`[...document.querySelectorAll("#graph .hit")].find((e) => e.textContent.includes("orders → shop/StatefulSet/db")).dispatchEvent(new MouseEvent("click", {bubbles: true}))`)
	p.has("#detail", "Allowed: TCP 5432", "NetworkPolicy shop/orders-to-db")
	p.want(`document.querySelectorAll('#graph .main[tabindex="0"]').length`, "1")
	p.eval(`document.querySelector('#graph .main[tabindex="0"]').focus()`)
	p.press("ArrowRight")
	p.want(`document.activeElement.classList.contains("main") && document.activeElement.dataset.column`, "2")
	p.quiet()
}

func TestWithoutScript(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	p := open(t, ctx, b, "plain", written(t, shop, "check"), browser.View{Width: 1000, Height: 900, NoScript: true})
	p.shot("noscript", true)
	p.want(`document.getElementById("app").hidden`, "true")
	p.has("#static", "shop/Deployment/orders", "TCP 5432", "203.0.113.0/24")
	p.has("#findings", "did you mean \"ingress\"?")
	p.quiet()
}

func TestDarkAndNarrow(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	file := written(t, shop, "check")
	dark := open(t, ctx, b, "dark", file, browser.View{Width: 1400, Height: 1000, Dark: true})
	dark.want(`getComputedStyle(document.documentElement).backgroundColor`, "rgb(21, 24, 28)")
	dark.click(cell("shop/Deployment/orders", "shop/StatefulSet/db"))
	dark.shot("dark", true)
	dark.quiet()
	narrow := open(t, ctx, b, "narrow", file, browser.View{Width: 390, Height: 800})
	narrow.want(`document.documentElement.scrollWidth`, "390")
	narrow.shot("narrow", true)
	narrow.quiet()
}

// TestManyFindings: what is wrong stands first and open, the rest is folded.
func TestManyFindings(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	check := &report.Check{Enforcement: enforce.Verdict{Verdict: enforce.NotEnforced,
		Evidence:   []string{"no API group of a network plugin that enforces policies is served", "flannel set up the network of 5 of 5 nodes"},
		Unreadable: []string{"daemonsets: forbidden"}}, Header: report.NewHeader(nil)}
	seen := map[lint.Severity]int{}
	for i, r := range lint.Rules() {
		seen[r.Severity]++
		many := 3
		if seen[r.Severity] == 1 || r.Severity == lint.Info {
			many = 16
		}
		for n := range many {
			check.Findings = append(check.Findings, lint.Finding{Rule: r.ID, Severity: r.Severity, Kind: "NetworkPolicy", Namespace: fmt.Sprintf("team-%d", n),
				Name: fmt.Sprintf("policy-%d", i), Message: "spec.ingress[0].ports[0]: " + r.Summary, Fix: "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n",
				Origin: kube.Origin{File: "deploy/policies.yaml", Line: 10*n + 1}})
		}
	}
	check.Summary = report.Summary{Namespaces: 40, Nodes: 5, Pods: 1200, Services: 80, Policies: 310}
	check.Summary.Count(check.Findings)
	var file bytes.Buffer
	if err := page.Write(&file, &page.Document{Source: []string{"context production", "https://203.0.113.7:6443, Kubernetes v1.36.3"}, Check: check}); err != nil {
		t.Fatal(err)
	}
	p := open(t, ctx, b, "findings", file.Bytes(), desk)
	p.shot("findings", true)
	p.has(".verdict", "Network policies are not enforced.", "flannel", "Could not be read:")
	p.want(`document.querySelectorAll(".severity.error details.rule:not([open])").length`, "1") // sixteen of one rule
	p.want(`document.querySelectorAll(".severity.info details.rule:not([open])").length > 1`, "true")
	p.has("#map", "Not known: objects were refused")
	p.quiet()
}

// TestOnPaper: the table stands for the views, and nothing stays folded.
func TestOnPaper(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	p := open(t, ctx, b, "paper", written(t, shop, "map"), browser.View{Width: 800, Height: 1100, Print: true})
	p.eval(`dispatchEvent(new Event("beforeprint"))`)
	p.shot("paper", true)
	p.has("#static", "shop/Deployment/orders", "TCP 5432")
	p.has("#findings", "kind: NetworkPolicy")
	p.want(`getComputedStyle(document.getElementById("app")).display`, "none")
	p.quiet()
}

// TestOneNamespace: pairs of others are no part of the answer, and are not shown
// as denied.
func TestOneNamespace(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	p := open(t, ctx, b, "one", written(t, shop, "map", "-n", "data"), desk)
	p.shot("one", true)
	p.want(`document.querySelector("`+strings.ReplaceAll(cell("monitoring/StatefulSet/prometheus", "kube-system/Deployment/coredns"), `"`, `\"`)+`").ariaLabel.endsWith(": not shown")`, "true")
	p.want(`document.querySelector("`+strings.ReplaceAll(cell("outside", "monitoring/StatefulSet/prometheus"), `"`, `\"`)+`").ariaLabel.endsWith(": not shown")`, "true")
	p.click(cell("monitoring/StatefulSet/prometheus", "data/StatefulSet/kafka"))
	p.has("#detail", "Allowed: TCP 9100", "NetworkPolicy data/scrape")
	p.quiet()
}

// TestScreenReader: what a screen reader is told of the page is all that it shows.
func TestScreenReader(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	p := open(t, ctx, b, "reader", written(t, shop, "check"), browser.View{Width: 1800, Height: 1600})
	for role, want := range map[string][]string{
		"heading":      {"Network policies", "It is unknown whether network policies are enforced.", "Findings", "Warnings", "Who reaches whom"},
		"grid":         {"Who reaches whom: rows open connections to columns"},
		"gridcell":     {"shop/Deployment/orders to shop/StatefulSet/db: TCP 5432", "shop/Deployment/web to shop/StatefulSet/db: denied"},
		"rowheader":    {"orders Deployment", "shop 8"},
		"columnheader": {"db StatefulSet", "shop 8"},
		"tab":          {"Matrix", "Graph", "List"},
		"searchbox":    {"Search"},
	} {
		got, err := p.Named(ctx, role)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("there is no %s %q among %q", role, w, got)
			}
		}
	}
	p.click(cell("shop/Deployment/orders", "shop/StatefulSet/db"))
	p.want(`document.getElementById("said").textContent`, "shop/Deployment/orders → shop/StatefulSet/db: Allowed: TCP 5432. The explanation follows the views.")
	p.click("#tab-graph")
	if got, err := p.Named(ctx, "button"); err != nil || !slices.Contains(got, "Close namespace shop") || !slices.Contains(got, "orders Deployment") {
		t.Errorf("the graph's buttons are %q, %v", got, err)
	}
	p.click("#tab-list")
	if got, err := p.Named(ctx, "button"); err != nil || !slices.Contains(got, "Why shop/Deployment/orders reaches shop/StatefulSet/db") {
		t.Errorf("the list's buttons are %q, %v", got, err)
	}
	p.quiet()
}

//go:embed testdata/tiers.yaml
var tiers []byte

// TestTiers: Calico's actions and tiers are named as they are.
func TestTiers(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	p := open(t, ctx, b, "tiers", written(t, tiers, "map"), desk)
	p.click(cell("shop/web", "shop/db"))
	p.has("#detail", "Allowed: TCP 5432", "GlobalNetworkPolicy security.quarantine tier security", "TCP 22 denied by rule 1",
		"TCP 5432 passed on to the next tier by rule 2", "TCP 5432 allowed by rule 1", "NetworkPolicy shop/db")
	p.shot("tiers", false)
	p.quiet()
}

// TestViewsInTheDark are looked at by people, see -shots.
func TestViewsInTheDark(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	p := open(t, ctx, b, "night", written(t, shop, "map"), browser.View{Width: 1400, Height: 1200, Dark: true})
	p.click("#tab-graph")
	p.shot("dark-graph", false)
	p.click("#tab-list")
	p.shot("dark-list", false)
	p.want(`getComputedStyle(document.getElementById("detail")).backgroundColor`, "rgb(28, 32, 38)")
	p.quiet()
}
