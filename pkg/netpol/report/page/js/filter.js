// What is shown: search, port, direction, and which namespaces are open.

const filter = { words: [], direction: "any", passes: portSets.map((s, id) => id > 0), external: data.external, matches: peers.map(() => true) };
const open = new Set(); // ids of spaces
let axes = null; // what follows from both, made when asked for

// portTest reads "443", "53/udp", "udp 53", "sctp"; several are alternatives.
function portTest(text) {
  const wanted = text.split(/[,;]/).map((t) => t.trim().toUpperCase()).filter(Boolean).map((t) => ({
    protocol: (t.match(/[A-Z][A-Z0-9]*/) || [""])[0],
    port: Number((t.match(/(?:^|[\s/])(\d+)/) || [0, -1])[1]),
  }));
  return (set) => wanted.length === 0 || set.all || wanted.some((w) => set.ranges.some((r) =>
    (!w.protocol || r.protocol === w.protocol) &&
    (w.port < 0 ? true : r.low <= w.port && w.port <= r.high)));
}

function readFilter() {
  const passes = portTest(byId("port").value);
  filter.words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  filter.direction = byId("direction").value;
  filter.external = data.external && byId("external").checked;
  filter.passes = portSets.map((s, id) => id > 0 && passes(s));
  filter.matches = peers.map((p) => filter.words.every((w) => p.key.includes(w)));
  axes = null;
}

const searching = () => filter.words.length > 0;

// isSearched reports whether a pair is among those searched for.
function isSearched(a, b) {
  if (data.namespace && peers[a].ns !== data.namespace && peers[b].ns !== data.namespace) return false;
  switch (filter.direction) {
    case "from": return filter.matches[a];
    case "to": return filter.matches[b];
  }
  return filter.matches[a] || filter.matches[b];
}

// shownPorts is the ports of a pair as far as the filter lets them through; 0 for none.
function shownPorts(a, b) {
  const id = flow(a, b);
  return filter.passes[id] && isSearched(a, b) ? id : 0;
}

// isSearchedOutside reports whether what a peer exchanges with addresses is asked for.
function isSearchedOutside(direction, peer) {
  if (data.namespace && peers[peer].ns !== data.namespace) return false;
  const other = direction === "egress" ? "from" : "to"; // the end the peer is at
  return filter.external && filter.matches[peer] && (!searching() || filter.direction === "any" || filter.direction === other);
}

// shownRanges is the same as shownPorts for addresses.
function shownRanges(direction, peer) {
  return isSearchedOutside(direction, peer) ? rangesOf(direction, peer).filter(([, id]) => filter.passes[id]) : [];
}

// visiblePeers returns which peers have a place among the rows and columns: those found,
// and, where either end may be found, those they exchange something with.
function visiblePeers() {
  const rows = new Uint8Array(peers.length), columns = new Uint8Array(peers.length);
  const all = !searching();
  for (const a of peers) {
    rows[a.id] |= all || filter.matches[a.id] || filter.direction === "to";
    columns[a.id] |= all || filter.matches[a.id] || filter.direction === "from";
  }
  if (!all && filter.direction === "any") {
    for (let a = 0; a < peers.length; a++) {
      for (let b = 0; b < peers.length; b++) {
        if (shownPorts(a, b)) rows[a] = columns[b] = 1;
      }
    }
  }
  return { rows, columns };
}

// listAxis lists the entries along a side: the outside, and each namespace, followed
// by its workloads where it is open.
function listAxis(there) {
  const out = filter.external ? [OUTSIDE] : [];
  for (const s of spaces) {
    const members = s.members.filter((p) => there[p.id]);
    if (members.length === 0) continue;
    if (data.by === "namespace") {
      out.push({ key: "p" + members[0].id, peer: members[0], label: s.ns, members });
      continue;
    }
    out.push({ key: "s" + s.id, space: s, label: s.ns, members, open: open.has(s.id) });
    if (open.has(s.id)) for (const p of members) out.push({ key: "p" + p.id, peer: p, label: p.label, members: [p] });
  }
  return out;
}

function currentAxes() {
  if (!axes) {
    const { rows, columns } = visiblePeers();
    axes = { rows: listAxis(rows), columns: listAxis(columns), cells: new Map() };
  }
  return axes;
}

function toggle(space) {
  if (!open.delete(space.id)) open.add(space.id);
  axes = null;
}

// summary is what lies between two entries: how many pairs there are, how many of
// them are let through, and the ports when they are the same for all.
function summary(row, column) {
  if (row.outside || column.outside) return outsideSummary(row, column);
  if (row.members.length === 1 && column.members.length === 1) return pairSummary(row, column);
  const { cells } = currentAxes();
  const key = row.key + " " + column.key;
  if (!cells.has(key)) cells.set(key, pairSummary(row, column));
  return cells.get(key);
}

function pairSummary(row, column) {
  const out = { pairs: 0, flows: 0, ports: 0, same: true, off: true };
  for (const a of row.members) {
    for (const b of column.members) {
      if (a.id === b.id && flow(a.id, b.id) === 0) {
        if (row.members.length === 1 && column.members.length === 1) return { ...out, itself: true };
        continue;
      }
      if (!isSearched(a.id, b.id)) continue;
      out.off = false;
      out.pairs++;
      addFlow(out, shownPorts(a.id, b.id));
    }
  }
  return out;
}

function addFlow(out, id) {
  if (!id) return;
  out.flows++;
  if (out.ports && out.ports !== id) out.same = false;
  out.ports = id;
}

function outsideSummary(row, column) {
  const out = { pairs: 0, flows: 0, ports: 0, same: true, off: row.outside && column.outside, part: false };
  const direction = column.outside ? "egress" : "ingress";
  const members = (column.outside ? row : column).members || [];
  for (const p of members) {
    if (!isSearchedOutside(direction, p.id)) continue;
    out.pairs++;
    const list = shownRanges(direction, p.id);
    if (list.length === 0) continue;
    const before = out.flows;
    for (const [, id] of list) addFlow(out, id);
    out.flows = before + 1;
    out.part = out.part || !list.some(([r]) => data.outside.ranges[r].startsWith("every "));
  }
  out.off = out.off || out.pairs === 0;
  return out;
}
