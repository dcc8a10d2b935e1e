// The list: every flow that the filter lets through, in words; what the matrix and
// the graph show, for those who cannot see them.

const list = { root: byId("list"), shown: 200 };

function* flows() {
  for (const p of peers) {
    for (const [range, ports] of shownRanges("ingress", p.id)) yield { from: null, to: p, range, ports };
  }
  for (const a of peers) {
    for (const b of peers) {
      const ports = shownPorts(a.id, b.id);
      if (ports) yield { from: a, to: b, ports };
    }
    for (const [range, ports] of shownRanges("egress", a.id)) yield { from: a, to: null, range, ports };
  }
}

function countFlows() {
  let n = 0;
  for (const a of peers) {
    for (const b of peers) if (shownPorts(a.id, b.id)) n++;
    n += shownRanges("egress", a.id).length + shownRanges("ingress", a.id).length;
  }
  return n;
}

function drawList() {
  const body = el("tbody");
  let n = 0;
  for (const f of flows()) {
    if (n++ === list.shown) break;
    body.append(flowLine(f));
  }
  const rest = total - list.shown;
  list.root.replaceChildren(
    el("table", { class: "flows" }, el("caption", {}, "Allowed flows"),
      el("thead", {}, el("tr", {}, ...["Source", "Destination", "Ports", "Why"].map((t) => el("th", { scope: "col" }, t)))), body),
    ...(rest > 0 ? [el("p", {}, el("button", { type: "button", id: "more", click: () => { list.shown += 1000; drawList(); } }, "Show more"), ` ${rest.toLocaleString("en")} are not shown yet.`)] : []));
}

function flowLine(f) {
  const entry = (p) => p ? { key: "p" + p.id, peer: p, members: [p] } : OUTSIDE;
  const label = (p) => p ? name(p.full) : name(data.outside.ranges[f.range]);
  const words = (p) => p ? p.full : data.outside.ranges[f.range];
  const why = () => { explainPair(entry(f.from), entry(f.to)); detail.focus(); };
  return el("tr", {}, el("th", { scope: "row" }, label(f.from)), el("td", {}, label(f.to)), el("td", {}, portSets[f.ports].text),
    el("td", {}, el("button", { type: "button", class: "why", click: why, "aria-label": "Why " + words(f.from) + " reaches " + words(f.to) }, "Why?")));
}
