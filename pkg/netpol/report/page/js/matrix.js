// The matrix: a table of rows and columns of which only those in sight, and a few
// around them, are in the document, with their true places in aria-rowindex and
// aria-colindex. One cell at a time can be reached by Tab (roving tabindex).

const SIZE = { row: 26, column: 38, side: innerWidth < 640 ? 150 : 236, top: 148, spare: 6 };
const matrix = { at: { row: 1, column: 1 }, window: "", chosen: "" }; // at: 0 is the header

const grid = byId("grid");
const table = el("table", { role: "grid", "aria-label": "Who reaches whom: rows open connections to columns", class: "matrix" });
grid.append(table);

const between = (low, n, high) => Math.max(low, Math.min(n, high));

function matrixWindow(rows, columns) {
  const top = Math.floor(grid.scrollTop / SIZE.row) - SIZE.spare;
  const left = Math.floor(grid.scrollLeft / SIZE.column) - SIZE.spare;
  const tall = Math.ceil((grid.clientHeight || 600) / SIZE.row) + 2 * SIZE.spare;
  const wide = Math.ceil((grid.clientWidth || 900) / SIZE.column) + 2 * SIZE.spare;
  const r0 = between(0, top, Math.max(0, rows - tall)), c0 = between(0, left, Math.max(0, columns - wide));
  return { r0, r1: Math.min(rows, r0 + tall), c0, c1: Math.min(columns, c0 + wide) };
}

// drawMatrix fills the window; again only when it moved, unless all changed.
function drawMatrix(changed) {
  const { rows, columns } = currentAxes();
  const w = matrixWindow(rows.length, columns.length);
  const id = Object.values(w).join(" ");
  if (!changed && id === matrix.window) return;
  matrix.window = id;
  matrix.at.row = between(0, matrix.at.row, rows.length);
  matrix.at.column = between(0, matrix.at.column, columns.length);
  const hadFocus = table.contains(document.activeElement);
  table.setAttribute("aria-rowcount", rows.length + 1);
  table.setAttribute("aria-colcount", columns.length + 1);
  const body = el("tbody", {}, spacer(w.r0 * SIZE.row));
  for (let r = w.r0; r < w.r1; r++) body.append(matrixRow(rows[r], r + 1, columns, w));
  body.append(spacer((rows.length - w.r1) * SIZE.row));
  table.replaceChildren(widths(columns.length, w), matrixHead(columns, w), body);
  table.style.width = SIZE.side + columns.length * SIZE.column + "px";
  grid.classList.toggle("empty", rows.length === 0 || columns.length === 0);
  drawCorner();
  setStop(hadFocus);
}

// widths makes the columns; those out of sight are one wide one on either side.
function widths(n, w) {
  const col = (width) => {
    const c = el("col");
    c.style.width = width + "px";
    return c;
  };
  const out = el("colgroup", {}, col(SIZE.side), col(w.c0 * SIZE.column));
  for (let c = w.c0; c < w.c1; c++) out.append(col(SIZE.column));
  out.append(col((n - w.c1) * SIZE.column));
  return out;
}

function spacer(height) {
  const tr = el("tr", { "aria-hidden": "true", class: "spacer" }, el("td"));
  tr.firstChild.style.height = height + "px";
  return tr;
}

const gap = () => el("td", { "aria-hidden": "true", class: "gap" });

function headerOf(entry, kind, row, column) {
  const th = el("th", {
    scope: kind === "row" ? "row" : "col", role: kind + "header", tabindex: "-1", "data-row": row, "data-column": column,
    "aria-expanded": entry.space ? String(entry.open) : undefined, "aria-colindex": column + 1,
    class: entry.outside ? "outside" : entry.space ? "space" : data.by === "namespace" ? "space flat" : "member",
  });
  const label = el("span", { class: "label" }, ...nameOf(entry));
  if (entry.space) label.append(el("span", { class: "size" }, " " + entry.members.length));
  th.append(label);
  th.title = entry.peer ? entry.peer.full : entry.label;
  return th;
}

function matrixHead(columns, w) {
  const corner = el("th", { class: "corner", role: "columnheader", tabindex: "-1", "data-row": 0, "data-column": 0, "aria-colindex": 1 },
    el("span", { class: "to" }), el("span", { class: "from" }));
  const tr = el("tr", { "aria-rowindex": 1 }, corner, gap());
  for (let c = w.c0; c < w.c1; c++) tr.append(headerOf(columns[c], "column", 0, c + 1));
  tr.append(gap());
  return el("thead", {}, tr);
}

function matrixRow(entry, row, columns, w) {
  const tr = el("tr", { "aria-rowindex": row + 1, class: entry.open || entry.outside ? "band" : "" }, headerOf(entry, "row", row, 0), gap());
  for (let c = w.c0; c < w.c1; c++) tr.append(matrixCell(entry, columns[c], row, c + 1));
  tr.append(gap());
  return tr;
}

function matrixCell(row, column, r, c) {
  const s = summary(row, column);
  const look = describeCell(row, column, s);
  const td = el("td", { role: "gridcell", tabindex: "-1", "data-row": r, "data-column": c, "aria-colindex": c + 1,
    class: (column.open || column.outside ? "band " : "") + (matrix.chosen === row.key + " " + column.key ? "chosen" : ""),
    "aria-label": fullName(row) + " to " + fullName(column) + ": " + look.words });
  td.title = td.ariaLabel; // for those who point: the same words, so that nobody hears them twice
  td.append(el("span", { class: "cell " + look.kind }, look.text));
  return td;
}

const fullName = (entry) => entry.outside ? "outside" : entry.peer ? entry.peer.full : "namespace " + entry.label;

// describeCell returns how a summary looks, and the same in words.
function describeCell(row, column, s) {
  if (row.open || column.open) return { kind: "off", text: "", words: "open: see its " + data.by + "s" };
  if (s.itself) return { kind: "itself", text: "", words: "itself, always" };
  if (s.off) return { kind: "off", text: "", words: "not shown" };
  if (s.flows === 0) return { kind: "none", text: "", words: filter.passes.every((p, id) => p || id === 0) ? "denied" : "nothing on this port" };
  const one = row.outside || column.outside ? s.pairs === 1 : !row.space && !column.space && s.pairs === 1;
  if (one && s.same) {
    const set = portSets[s.ports];
    const part = s.part ? " part" : "";
    return { kind: (set.all ? "all" : "some") + part, text: set.all ? "" : brief(s.ports), words: set.text + (s.part ? ", some addresses" : "") };
  }
  if (one) return { kind: "some part", text: "…", words: "several ports, by address" };
  const share = s.flows / s.pairs;
  const full = s.flows === s.pairs && s.same;
  const words = plural(s.flows, "pair", "pairs") + " of " + s.pairs.toLocaleString("en") + (s.same ? ", " + portSets[s.ports].text : "");
  if (full) return { kind: portSets[s.ports].all ? "all" : "some", text: portSets[s.ports].all ? "" : brief(s.ports), words };
  const percent = share === 1 ? "100%" : share < 0.01 ? "<1%" : Math.min(99, Math.round(share * 100)) + "%";
  return { kind: "share s" + Math.ceil(share * 5), text: percent, words };
}

const stopAt = (row, column) => table.querySelector(`[data-row="${row}"][data-column="${column}"]`);

// drawCorner shows which namespaces the first row and column in sight belong to:
// far down in a long one its name is out of sight.
function drawCorner() {
  const { rows, columns } = currentAxes();
  const place = (entry) => entry && entry.peer && data.by !== "namespace" ? [" ", el("strong", {}, name(entry.peer.ns))] : [];
  table.querySelector(".corner .from").replaceChildren("from ↓", ...place(rows[Math.floor(grid.scrollTop / SIZE.row)]));
  table.querySelector(".corner .to").replaceChildren("to →", ...place(columns[Math.floor(grid.scrollLeft / SIZE.column)]));
}

// setStop gives the current cell the one tab stop.
function setStop(focus) {
  for (const e of table.querySelectorAll('[tabindex="0"]')) e.tabIndex = -1;
  const e = stopAt(matrix.at.row, matrix.at.column) || table.querySelector("[data-row]");
  if (!e) return;
  e.tabIndex = 0;
  if (focus) e.focus({ preventScroll: true });
}

// goTo moves to a cell, scrolled into sight first.
function goTo(row, column) {
  const { rows, columns } = currentAxes();
  matrix.at = { row: between(0, row, rows.length), column: between(0, column, columns.length) };
  const y = (matrix.at.row - 1) * SIZE.row, x = (matrix.at.column - 1) * SIZE.column;
  const tall = grid.clientHeight - SIZE.top - SIZE.row, wide = grid.clientWidth - sideWidth() - SIZE.column;
  if (matrix.at.row > 0) grid.scrollTop = between(y - tall + 16, grid.scrollTop, y);
  if (matrix.at.column > 0) grid.scrollLeft = between(x - wide + 16, grid.scrollLeft, x);
  drawMatrix(false);
  setStop(true);
}

const sideWidth = () => (table.querySelector("th") || { offsetWidth: SIZE.side }).offsetWidth;

function matrixKey(event) {
  const { row, column } = matrix.at;
  const page = Math.max(1, Math.floor((grid.clientHeight - SIZE.top) / SIZE.row) - 1);
  const to = {
    ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
    PageUp: [row - page, column], PageDown: [row + page, column],
    Home: event.ctrlKey ? [0, 0] : [row, 0], End: event.ctrlKey ? [1e9, 1e9] : [row, 1e9],
  }[event.key];
  if (to) goTo(...to);
  else if (event.key === "Enter" || event.key === " ") activateCell(row, column);
  else return;
  event.preventDefault();
}

// activateCell opens or closes a namespace, and explains what is at a place.
function activateCell(row, column) {
  const { rows, columns } = currentAxes();
  const r = rows[row - 1], c = columns[column - 1];
  matrix.at = { row, column };
  if (r && c) {
    matrix.chosen = r.key + " " + c.key;
    explainPair(r, c);
    drawMatrix(true);
    return;
  }
  const entry = r || c;
  if (!entry) return;
  explainEntry(entry);
  if (entry.space) toggleNamespace(entry.space);
}

table.addEventListener("click", (event) => {
  const e = event.target.closest("[data-row]");
  if (!e) return;
  matrix.at = { row: Number(e.dataset.row), column: Number(e.dataset.column) };
  setStop(true);
  activateCell(matrix.at.row, matrix.at.column);
});
table.addEventListener("keydown", matrixKey);
grid.addEventListener("scroll", () => requestAnimationFrame(() => { drawMatrix(false); drawCorner(); }));
new ResizeObserver(() => drawMatrix(false)).observe(grid);
