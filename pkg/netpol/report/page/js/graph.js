// The graph: sources on the left, destinations on the right, a line for what one
// reaches of the other; namespaces are one box until they are opened. With one box
// chosen it stands in the middle, between who reaches it and what it reaches.

const graph = { root: byId("graph"), chosen: null, lines: [] };
const NODE = { height: 30, gap: 6, room: 14 };
const mostLines = 1500; // beyond, nobody sees anything: only those of a chosen box are drawn

// edges lists what is between the entries of two axes that have no smaller parts.
function edges(rows, columns) {
  const leaf = (entry) => !entry.space || !entry.open;
  const out = [];
  for (const row of rows.filter(leaf)) {
    for (const column of columns.filter(leaf)) {
      if (row.outside && column.outside) continue;
      const s = summary(row, column);
      if (s.flows > 0) out.push({ row, column, s });
    }
  }
  return out;
}

function drawGraph() {
  const { rows, columns } = currentAxes();
  const all = edges(rows, columns);
  const chosen = graph.chosen && [...rows, ...columns].find((e) => e.key === graph.chosen);
  graph.lines = [];
  const canvas = el("div", { class: "canvas", role: "group", "aria-label": "Graph; the list says the same in words" });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  canvas.append(svg);
  const head = el("p", { class: "quiet" });
  graph.root.replaceChildren(head, el("div", { class: "scroll" }, canvas));
  if (chosen) drawFocused(canvas, svg, head, chosen, all, rows, columns);
  else drawOverview(canvas, svg, head, all, rows, columns);
  addArrowKeys(canvas);
}

function drawOverview(canvas, svg, head, all, rows, columns) {
  const has = (side) => new Set(all.map((e) => e[side].key));
  const withHeads = (entries, keys) => entries.filter((e) => keys.has(e.key) || e.space && e.open && e.members.some((p) => keys.has("p" + p.id)));
  const left = column(canvas, withHeads(rows, has("row")), 0, "sources");
  const right = column(canvas, withHeads(columns, has("column")), 1, "destinations");
  const drawn = all.length <= mostLines ? all : [];
  head.textContent = all.length === 0 ? "Nobody reaches anybody that is searched for." : all.length > mostLines
    ? plural(all.length, "line", "lines") + " would be too many to see: choose a box, filter, or close namespaces."
    : "Left opens connections to right. Choose a box to see it alone, a line for the reasons, ▸ to open a namespace.";
  setCanvasSize(canvas, [left, right], 2);
  drawLines(canvas, svg, drawn.map((e) => [left.get(e.row.key), right.get(e.column.key), e]));
}

function drawFocused(canvas, svg, head, chosen, all, rows, columns) {
  const inside = new Set([chosen.key, ...(chosen.space ? chosen.members.map((p) => "p" + p.id) : [])]);
  const incoming = all.filter((e) => inside.has(e.column.key)), outgoing = all.filter((e) => inside.has(e.row.key));
  const keysOf = (list, side) => new Set(list.map((e) => e[side].key));
  const pick = (entries, keys) => entries.filter((e) => keys.has(e.key));
  const left = column(canvas, pick(rows, keysOf(incoming, "row")), 0, "sources");
  const entries = [...new Map([...rows, ...columns].filter((e) => inside.has(e.key)).map((e) => [e.key, e])).values()];
  const middle = column(canvas, entries, 1, "chosen");
  const right = column(canvas, pick(columns, keysOf(outgoing, "column")), 2, "destinations");
  head.replaceChildren(el("button", { type: "button", click: () => { graph.chosen = null; drawGraph(); } }, "Show everything"),
    ` It is reached from ${left.size} and reaches ${right.size}, as far as the filter shows.`);
  setCanvasSize(canvas, [left, middle, right], 3);
  drawLines(canvas, svg, [...incoming.map((e) => [left.get(e.row.key), middle.get(e.column.key), e]), ...outgoing.map((e) => [middle.get(e.row.key), right.get(e.column.key), e])]);
}

// column stacks boxes; it returns the element and middle of each by key.
function column(canvas, entries, index, title) {
  const out = new Map();
  let y = 30;
  canvas.append(el("p", { class: "title c" + index }, { sources: "From", destinations: "To", chosen: "" }[title]));
  entries.forEach((entry, i) => {
    if (i > 0 && (entry.space || entry.outside || !entry.peer)) y += NODE.room - NODE.gap;
    const box = boxOf(entry, index);
    box.style.top = y + "px";
    canvas.append(box);
    out.set(entry.key, { box, y: y + NODE.height / 2, index });
    y += NODE.height + NODE.gap;
  });
  out.bottom = y;
  return out;
}

function boxOf(entry, index) {
  const label = entry.outside ? OUTSIDE.label : entry.label;
  const main = el("button", { type: "button", class: "main", tabindex: "-1", title: entry.peer ? entry.peer.full : label, "data-key": entry.key, "data-column": index,
    "aria-pressed": String(graph.chosen === entry.key),
    click: () => { graph.chosen = graph.chosen === entry.key ? null : entry.key; explainEntry(entry); drawGraph(); refocus(entry.key); } },
    graph.chosen && entry.peer && entry.peer.label !== entry.peer.full ? el("span", { class: "kind" }, name(entry.peer.ns), "/") : "", ...nameOf(entry), entry.space ? el("span", { class: "size" }, " " + entry.members.length) : "");
  const box = el("div", { class: "box c" + index + (entry.outside ? " outside" : entry.space ? " space" : data.by === "namespace" ? " space" : " member") });
  if (entry.space) {
    box.append(el("button", { type: "button", class: "toggle", tabindex: "-1", "aria-expanded": String(entry.open), "aria-label": (entry.open ? "Close " : "Open ") + "namespace " + entry.label,
      click: () => { toggleNamespace(entry.space); refocus(entry.key); } }, entry.open ? "▾" : "▸"));
  }
  box.append(main);
  const light = (on) => () => graph.lines.forEach((l) => { if (!graph.chosen && l.ends.includes(box)) l.path.classList.toggle("lit", on); });
  for (const [event, on] of [["mouseenter", true], ["mouseleave", false], ["focusin", true], ["focusout", false]]) box.addEventListener(event, light(on));
  return box;
}

function setCanvasSize(canvas, columns, n) {
  canvas.dataset.columns = n;
  canvas.style.height = Math.max(...columns.map((c) => c.bottom), 120) + 10 + "px";
}

// drawLines draws curves between the boxes; thicker for more pairs.
function drawLines(canvas, svg, list) {
  const width = canvas.clientWidth || 900;
  const ends = list.map(([from, to]) => from && to && [from.box.offsetLeft + from.box.offsetWidth, to.box.offsetLeft + to.box.firstElementChild.offsetLeft]);
  svg.setAttribute("width", width);
  svg.setAttribute("height", canvas.style.height.replace("px", ""));
  canvas.classList.toggle("dense", list.length > 150);
  for (const [i, [from, to, edge]] of list.entries()) {
    if (!ends[i]) continue;
    const [x1, x2] = ends[i], mid = (x2 - x1) * 0.45;
    const d = `M${x1},${from.y}C${x1 + mid},${from.y} ${x2 - mid},${to.y} ${x2},${to.y}`;
    const path = (className) => {
      const p = document.createElementNS("http://www.w3.org/2000/svg", "path");
      p.setAttribute("d", d);
      p.setAttribute("class", className);
      svg.append(p);
      return p;
    };
    const line = path("line" + (portSets[edge.s.ports].all && edge.s.same ? " every" : ""));
    line.style.strokeWidth = Math.min(6, 1.2 + Math.log2(edge.s.flows) * 0.6) + "px";
    const hit = path("hit");
    hit.dataset.pair = edge.row.key + " " + edge.column.key;
    const tip = document.createElementNS("http://www.w3.org/2000/svg", "title");
    tip.textContent = fullName(edge.row) + " → " + fullName(edge.column) + ": " + describeCell(edge.row, edge.column, edge.s).words;
    hit.append(tip);
    hit.addEventListener("mouseenter", () => line.classList.add("lit"));
    hit.addEventListener("mouseleave", () => line.classList.remove("lit"));
    hit.addEventListener("click", () => explainPair(edge.row, edge.column));
    graph.lines.push({ path: line, ends: [from.box, to.box] });
  }
}

// addArrowKeys makes the boxes one tab stop: one box can be reached by Tab, arrow keys move between them.
function addArrowKeys(canvas) {
  const boxes = [...canvas.querySelectorAll(".main")];
  const current = boxes.find((b) => b.dataset.key === graph.at) || boxes[0];
  if (current) current.tabIndex = 0;
  canvas.addEventListener("keydown", (event) => {
    const now = event.target.closest(".main");
    if (!now) return;
    const same = boxes.filter((b) => b.dataset.column === now.dataset.column), i = same.indexOf(now);
    const beside = (step) => boxes.filter((b) => Number(b.dataset.column) === Number(now.dataset.column) + step);
    const across = (step) => beside(step)[Math.min(i, beside(step).length - 1)];
    const toggle = now.parentElement.querySelector(".toggle");
    const next = { ArrowDown: same[i + 1], ArrowUp: same[i - 1], Home: same[0], End: same.at(-1), ArrowLeft: across(-1), ArrowRight: across(1) }[event.key];
    if (next) focusBox(boxes, next);
    else if ((event.key === "+" || event.key === "-") && toggle) toggle.click();
    else return;
    event.preventDefault();
  });
}

function focusBox(boxes, to) {
  for (const b of boxes) b.tabIndex = -1;
  to.tabIndex = 0;
  graph.at = to.dataset.key;
  to.focus();
}

function refocus(key) {
  graph.at = key;
  const box = [...graph.root.querySelectorAll(".main")].find((b) => b.dataset.key === key);
  if (box) focusBox([...graph.root.querySelectorAll(".main")], box);
}
