// Tabs, filters, and what to draw when they change.

let total = 0; // flows that the filter lets through
let view = "matrix";
let begun = false;
const views = { matrix: () => drawMatrix(true), graph: drawGraph, list: drawList };

function redraw() {
  views[view]();
}

function refilter() {
  readFilter();
  total = countFlows();
  list.shown = 200;
  byId("status").textContent = plural(total, "flow", "flows") + (searching() || portsFiltered() ? " found" : "");
  redraw();
}

function toggleNamespace(space) {
  toggle(space);
  redraw();
}

function foldAll(unfold) {
  open.clear();
  if (unfold) for (const s of spaces) open.add(s.id);
  axes = null;
  redraw();
}

const tabs = Object.keys(views);

function selectTab(which, focus) {
  view = which;
  byId("expand").parentElement.hidden = data.by === "namespace" || which === "list";
  for (const t of tabs) {
    const tab = byId("tab-" + t);
    tab.setAttribute("aria-selected", String(t === which));
    tab.tabIndex = t === which ? 0 : -1;
    byId(t).hidden = t !== which;
    if (focus && t === which) tab.focus();
  }
  redraw();
}

function start() {
  const few = peers.length <= 30;
  if (few) for (const s of spaces) open.add(s.id);
  for (const t of tabs) {
    byId("tab-" + t).addEventListener("click", () => selectTab(t));
    byId("tab-" + t).addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) selectTab(tabs[(tabs.indexOf(t) + step + tabs.length) % tabs.length], true);
    });
  }
  for (const id of ["search", "port"]) byId(id).addEventListener("input", refilter);
  for (const id of ["direction", "external"]) byId(id).addEventListener("change", refilter);
  byId("clear").addEventListener("click", () => {
    byId("search").value = byId("port").value = "";
    byId("direction").value = "any";
    byId("external").checked = data.external;
    refilter();
  });
  byId("expand").addEventListener("click", () => foldAll(true));
  byId("collapse").addEventListener("click", () => foldAll(false));
  byId("external").closest("label").hidden = !data.external;
  byId("expand").parentElement.hidden = data.by === "namespace";
  addEventListener("resize", () => { if (view === "graph") drawGraph(); });
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
  byId("app").hidden = false;
  document.documentElement.classList.add("live");
  showDetail(["Nothing chosen yet"], el("p", { class: "quiet" }, "Choose a cell, a line or a name: here stands which rules allow or deny it, in both directions."));
  refilter();
}

start();
begun = true;
