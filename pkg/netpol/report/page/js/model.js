"use strict";
// The data, as data.go wrote them, and questions about them. Names from the
// cluster are only ever text: see el().

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);

// el makes an element. Attributes that are functions are listeners; children are
// elements or text, never markup.
function el(tag, attrs, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs || {})) {
    if (typeof value === "function") e.addEventListener(name, value);
    else if (value !== undefined && value !== false) e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
  return e;
}

// name is text from the cluster: it must not turn the text around it.
const name = (text, className) => el("bdi", className ? { class: className } : {}, text);

// nameOf is the name of an entry of an axis, a workload's kind behind it in grey.
function nameOf(entry) {
  const slash = entry.peer && data.by !== "namespace" ? entry.label.indexOf("/") : -1;
  if (slash < 0) return [name(entry.label)];
  return [name(entry.label.slice(slash + 1)), el("span", { class: "kind" }, " ", name(entry.label.slice(0, slash)))];
}

const plural = (n, one, many) => n.toLocaleString("en") + " " + (n === 1 ? one : many);

// decode reads a row: numbers in base 36, runs as number*count.
function decode(row, length) {
  const out = new Uint32Array(length);
  let at = 0;
  for (const run of row.split(" ")) {
    const [id, count] = run.split("*");
    const end = at + (count ? parseInt(count, 36) : 1);
    out.fill(parseInt(id, 36), at, end);
    at = end;
  }
  return out;
}

const peers = data.peers.map(([space, label, pods, host], id) => {
  const ns = data.spaces[space];
  const full = data.by === "namespace" ? ns : ns + "/" + label;
  return { id, space, ns, label, pods, host, full, key: full.toLowerCase() };
});

const flowRows = data.flows.rows.map((row) => decode(row, peers.length));
const flow = (a, b) => flowRows[data.flows.of[a]][b]; // an index into data.ports

const traceRows = new Map(); // by profile: most are never asked for
function traceOf(profiles, self, other) {
  const id = profiles.of[self];
  if (id < 0) return 0;
  const key = profiles.rows[id];
  if (!traceRows.has(key)) traceRows.set(key, decode(key, peers.length));
  return traceRows.get(key)[other];
}

// Ports in words, "TCP 80,443 UDP 53", as ranges by protocol.
const portSets = data.ports.map((text) => {
  if (text === "none") return { text, all: false, ranges: [] };
  if (text === "all ports") return { text, all: true, ranges: [] };
  const ranges = [];
  let protocol = "";
  for (const word of text.split(" ")) {
    if (/^[A-Za-z]/.test(word)) {
      protocol = word.toUpperCase();
      ranges.push({ protocol, low: -1, high: -1 });
      continue;
    }
    for (const part of word.split(",")) {
      const [low, high] = part.split("-").map(Number);
      ranges.push({ protocol, low, high: high === undefined ? low : high });
    }
  }
  return { text, all: false, ranges };
});

// brief is ports in a few characters: the first, and a plus for more.
function brief(id) {
  const numbered = portSets[id].ranges.filter((r) => r.low >= 0);
  if (portSets[id].all || numbered.length === 0) return "";
  const first = numbered[0];
  if (first.low <= 1 && first.high === 65535) return first.protocol;
  return first.low + (numbered.length > 1 || first.high !== first.low ? "+" : "");
}

// Spaces with their peers, in order; the address ranges are a place of their own.
const spaces = data.spaces.map((ns, id) => ({ id, ns, members: peers.filter((p) => p.space === id) }));
const OUTSIDE = { outside: true, key: "outside", label: "Outside the cluster" };

// rangesOf lists [range, ports, traces] that a peer reaches, or is reached
// from.
function rangesOf(direction, peer) {
  const side = direction === "egress" ? data.outside.to : data.outside.from;
  return side.lists.length ? side.lists[side.of[peer]] : [];
}
