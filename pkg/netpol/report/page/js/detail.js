// The explanation of what was chosen: a pair, a namespace, a workload, addresses.

const detail = byId("detail");

function showDetail(title, ...parts) {
  detail.replaceChildren(el("h3", { id: "detail-title" }, ...title), ...parts.filter(Boolean));
  detail.scrollTop = 0;
  const found = detail.querySelector(".badge");
  if (begun) byId("said").textContent = byId("detail-title").textContent + ": " + (found ? found.textContent : "explained") + ". The explanation follows the views.";
  // Below the views, where there is no room beside them, it would go unseen.
  if (begun && matchMedia("(max-width: 62rem)").matches) detail.scrollIntoView({ block: "nearest" });
}

const badge = (allowed, text) => el("p", { class: "badge " + (allowed ? "yes" : "no") }, (allowed ? "Allowed: " : "") + text);

const arrow = () => el("span", { class: "arrow" }, " → ");

function titleOf(a, b) {
  return [el("span", { class: "end" }, labelOf(a)), arrow(), el("span", { class: "end" }, labelOf(b))];
}

function labelOf(entry) {
  return entry.outside ? OUTSIDE.label : name(entry.peer ? entry.peer.full : entry.label);
}

function explainPair(row, column) {
  if (row.outside && column.outside) return showDetail([OUTSIDE.label], el("p", {}, "Policies of the cluster have no say between addresses outside."));
  if (row.outside || column.outside) return explainOutside(row, column);
  if (row.members.length === 1 && column.members.length === 1) return explainPeers(row.members[0], column.members[0]);
  return explainGroups(row, column);
}

const notPart = () => el("p", {}, "Not part of this page, which shows one namespace only.");

function explainPeers(a, b) {
  const ends = [{ peer: a }, { peer: b }];
  if (data.namespace && a.ns !== data.namespace && b.ns !== data.namespace) {
    return showDetail(titleOf(...ends), notPart());
  }
  const id = flow(a.id, b.id);
  if (a.id === b.id && id === 0) return showDetail(titleOf(...ends), badge(true, "a pod always reaches itself"));
  const notes = el("ul", { class: "notes" });
  if (a.host) notes.append(el("li", {}, "From the node that a pod runs on everything is allowed, whatever its policies say (kubelet probes). The rules below hold for other nodes."));
  if (a.id === b.id) notes.append(el("li", {}, "This is about different pods of the workload. A pod always reaches itself."));
  showDetail(titleOf(...ends), badge(id > 0, id > 0 ? portSets[id].text : "Denied on every port"), notes, ...reasonsOf(a, b), command(a, b, id));
}

// reasonsOf is both directions, in each address family whose answer differs.
function reasonsOf(a, b) {
  const out = [];
  let before = "";
  for (const family of data.families) {
    const leaving = traceOf(family.egress, a.id, b.id), entering = traceOf(family.ingress, b.id, a.id);
    if (leaving + entering === 0 || before === leaving + " " + entering) continue;
    before = leaving + " " + entering;
    if (data.families.length > 1) out.push(el("h4", { class: "family" }, family.name));
    out.push(sideOf("Leaving", a, family.egress, leaving), sideOf("Entering", b, family.ingress, entering));
  }
  if (out.length === 0) out.push(el("p", { class: "quiet" }, data.families.length === 0
    ? "The reasons are not part of this page."
    : "Several kinds of pods stand behind these names, so there is no one reason. By workload or by pod there is."));
  return out;
}

function sideOf(word, peer, profiles, id) {
  const section = el("section", { class: "side" }, el("h4", {}, word + " ", name(peer.full)));
  section.append(...traceLines(id));
  const policies = profiles.of[peer.id] < 0 ? [] : profiles.policies[profiles.of[peer.id]];
  const used = new Set(data.traces[id].s ? data.traces[id].s.map(([rule]) => data.rules[rule][0]) : []);
  const others = policies.filter((p) => !used.has(p));
  if (others.length > 0) {
    section.append(el("details", { open: others.length < 4 && used.size === 0 },
      el("summary", {}, plural(others.length, "policy", "policies") + " in force here without a rule for this"),
      el("ul", { class: "rules" }, ...others.map((p) => el("li", {}, ...policyWords(data.policies[p]))))));
  }
  return section;
}

function traceLines(id) {
  const t = data.traces[id];
  if (id === 0) return [el("p", { class: "quiet" }, "Not known.")];
  if (t.r) return [verdictLine(true, "All ports: " + t.r)];
  const steps = t.s || [];
  const list = el("ul", { class: "rules" });
  for (const [rule, ports, action] of steps) list.append(ruleLine(data.rules[rule], ports, action));
  const rest = steps.length > 0 ? "All other ports" : "All ports";
  const out = steps.length > 0 ? [list] : [];
  if (t.d) out.push(verdictLine(false, (t.o || steps.length ? rest : "All ports") + ": denied, no rule matches"));
  if (t.o) out.push(verdictLine(true, portSets[t.o].text + ": open, no policy decides"));
  return out;
}

const verdictLine = (allowed, text) => el("p", { class: "outcome " + (allowed ? "yes" : "no") }, text);

function ruleLine([policy, number, label, action, at], ports, did) {
  const words = { Allow: "allowed", Deny: "denied", Pass: "passed on to the next tier" }[did] || did;
  const unsure = did !== action ? " (it cannot be known whether the rule matches)" : "";
  return el("li", { class: did === "Allow" ? "yes" : did === "Deny" ? "no" : "pass" },
    el("p", {}, el("strong", {}, portSets[ports].text), " " + words + unsure + " by rule " + number, label ? " " : "", label ? name("“" + label + "”") : ""),
    el("p", { class: "policy" }, ...policyWords(data.policies[policy], at)));
}

function policyWords([kind, ns, policy, tier, at], place) {
  const where = place || at;
  return [name(kind + " " + (ns ? ns + "/" : "") + policy), tier && tier !== kind ? el("span", { class: "tier" }, " tier ", name(tier)) : "",
    where ? el("span", { class: "at" }, " ", name(where)) : ""];
}

// command is what to run for one port, with each name quoted for a shell.
function command(a, b, id) {
  const quoted = (s) => /^[A-Za-z0-9_.\/:-]+$/.test(s) ? s : "'" + s.replaceAll("'", "'\\''") + "'";
  if (data.by === "namespace") return null;
  const port = brief(id).match(/^\d+/);
  return el("p", { class: "command" }, "Ask the cluster as it is now:", el("pre", {},
    `kubectl catalyst network-policy explain ${quoted(a.full)} ${quoted(b.full)} --port ${port ? port[0] : "PORT"}`));
}

const MOST = 60; // lines of a list before the rest is only counted

// pairButton is a line that leads to the explanation of a pair.
function pairButton(a, b, label, ports) {
  return el("li", {}, el("button", { type: "button", class: "line", click: () => { explainPeers(a, b); detail.focus(); } },
    label, " ", el("span", { class: "ports" }, portSets[ports].text)));
}

// firstLines is a list of the first of many lines, and how many more there are.
function firstLines(lines, all) {
  const list = el("ul", { class: "lines" }, ...lines);
  return all > lines.length ? [list, el("p", { class: "quiet" }, (all - lines.length).toLocaleString("en") + " more: search, or look at the list.")] : [list];
}

function explainGroups(row, column) {
  const s = summary(row, column);
  const items = [];
  for (const a of row.members) {
    for (const b of column.members) {
      if (items.length === MOST) break;
      const id = shownPorts(a.id, b.id);
      if (id) items.push(pairButton(a, b, el("span", {}, name(a.label), arrow(), name(b.label)), id));
    }
  }
  showDetail(titleOf(row, column),
    badge(s.flows > 0, s.flows > 0 ? s.flows.toLocaleString("en") + " of " + plural(s.pairs, "pair", "pairs") : "No pair reaches the other" + (portsFiltered() ? " on this port" : "")),
    ...firstLines(items, s.flows));
}

const portsFiltered = () => filter.passes.some((p, id) => id > 0 && !p);

function explainOutside(row, column) {
  const direction = column.outside ? "egress" : "ingress";
  const entry = column.outside ? row : column;
  if (entry.members.length > 1) return explainOutsideGroup(row, column, entry, direction);
  const peer = entry.members[0];
  if (data.namespace && peer.ns !== data.namespace) return showDetail(titleOf(row, column), notPart());
  const list = rangesOf(direction, peer.id);
  const parts = list.map(([range, ports, traces]) => el("section", { class: "side" },
    el("h4", {}, name(data.outside.ranges[range])), el("p", {}, el("strong", {}, portSets[ports].text)),
    ...traces.flatMap((t, i) => [...(i > 0 ? [el("p", { class: "quiet" }, "and in other parts of it:")] : []), ...traceLines(t)])));
  showDetail(titleOf(row, column), badge(list.length > 0, list.length > 0 ? rangeWords(list) : (column.outside ? "Reaches no address outside" : "Not reached from outside")),
    el("p", { class: "quiet" }, column.outside ? "What its policies let out. What addresses outside accept is theirs to say." : "What its policies let in. Whether a service, an ingress or a node passes it on is another matter."),
    ...(list.length ? parts : nothingOutside(direction, peer)));
}

function explainOutsideGroup(row, column, entry, direction) {
  const found = entry.members.map((p) => [p, shownRanges(direction, p.id)]).filter(([, list]) => list.length > 0);
  const ends = (p) => { const one = { key: "p" + p.id, peer: p, members: [p] }; return column.outside ? [one, OUTSIDE] : [OUTSIDE, one]; };
  const item = ([p, list]) => el("li", {}, el("button", { type: "button", class: "line", click: () => { explainOutside(...ends(p)); detail.focus(); } },
    name(p.label), " ", el("span", { class: "ports" }, rangeWords(list))));
  showDetail(titleOf(row, column), badge(found.length > 0, found.length > 0 ? `${found.length} of ${plural(entry.members.length, data.by, data.by + "s")}` : "Nothing is exchanged"),
    ...firstLines(found.slice(0, MOST).map(item), found.length));
}

function rangeWords(list) {
  return list.length === 1 ? data.outside.ranges[list[0][0]] + ", " + portSets[list[0][1]].text : plural(list.length, "range", "ranges");
}

function nothingOutside(direction, peer) {
  const profiles = data.families.length ? data.families[0][direction] : null;
  if (!profiles || profiles.of[peer.id] < 0) return [];
  return [el("p", {}, "No rule of these policies matches an address outside:"),
    el("ul", { class: "rules" }, ...profiles.policies[profiles.of[peer.id]].map((p) => el("li", {}, ...policyWords(data.policies[p]))))];
}

function explainEntry(entry) {
  if (entry.outside) return showDetail([OUTSIDE.label], el("p", {}, "Every address that no pod has. Choose a cell to see which of them, and why."));
  const own = entry.members.length > 1 ? new Set(entry.members.map((p) => p.id)) : new Set();
  const to = { items: [], all: 0 }, from = { items: [], all: 0 };
  const add = (list, a, b, other) => {
    const id = shownPorts(a.id, b.id);
    if (!id) return;
    if (++list.all > MOST) return;
    list.items.push(pairButton(a, b, entry.members.length > 1 ? el("span", {}, name(a.full), arrow(), name(b.full)) : name(other.full), id));
  };
  for (const p of entry.members) {
    for (const q of peers) {
      if (own.has(q.id)) continue;
      add(to, p, q, q);
      add(from, q, p, q);
    }
  }
  const section = (title, list) => el("section", { class: "side" }, el("h4", {}, title + " (" + list.all.toLocaleString("en") + ")"), ...firstLines(list.items, list.all));
  showDetail([labelOf(entry)], el("p", { class: "quiet" }, entryWords(entry)), ...(entry.peer ? policiesOf(entry.peer) : []),
    section("Reaches", to), section("Is reached by", from));
}

function entryWords(entry) {
  if (entry.space) return "Namespace with " + plural(entry.members.length, data.by, data.by + "s");
  return plural(entry.peer.pods, "pod", "pods") + (entry.peer.host ? ", on the host network: policies do not apply to it" : "");
}

function policiesOf(peer) {
  const found = new Map();
  for (const family of data.families) {
    for (const direction of ["egress", "ingress"]) {
      const id = family[direction].of[peer.id];
      if (id >= 0) for (const p of family[direction].policies[id]) found.set(p, (found.get(p) || new Set()).add(direction));
    }
  }
  if (found.size === 0) return [el("p", {}, data.families.length ? "No policy selects it." : "")];
  return [el("section", { class: "side" }, el("h4", {}, "Policies that select it"), el("ul", { class: "rules" },
    ...[...found].map(([p, directions]) => el("li", {}, ...policyWords(data.policies[p]), el("span", { class: "quiet" }, " " + [...directions].join(" and "))))))];
}
