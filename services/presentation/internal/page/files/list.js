// The list of queries with the heads of their results: one stream for a page.

import { attribute, h, svg, text } from "./dom.js";
import { cell, clock, count, isNumeric, number, plural, raw } from "./format.js";
import { Stream } from "./stream.js";

const pageSize = 50;
const sparkSeconds = 60;
const changing = ["passed", "updated", "window", "by"];

export class List {
  #items = document.getElementById("items");
  #find = document.getElementById("find");
  #state = document.getElementById("state");
  #owner = document.getElementById("owner");
  #previous = document.getElementById("previous");
  #next = document.getElementById("next");
  #count = document.getElementById("count");
  #stream = null;
  #told;
  #filter = { id: "", state: "", owner: "" };
  #afters = [""]; // where the pages up to this one begin
  #page = null;
  #rows = new Map(); // id → {item, element, …}
  #open = "";
  #typing = 0;

  // told hears of the connection.
  constructor(told) {
    this.#told = told;
    this.#find.addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#choose(), 200);
    });
    this.#state.addEventListener("change", () => this.#choose());
    this.#owner.addEventListener("change", () => this.#choose());
    document.getElementById("filters").addEventListener("submit", (e) => {
      e.preventDefault();
      this.#choose();
    });
    this.#previous.addEventListener("click", () => this.#turn(-1));
    this.#next.addEventListener("click", () => this.#turn(1));
    this.#items.addEventListener("keydown", (e) => this.#keys(e));
    this.#wait();
    this.#connect();
    setInterval(() => this.#beat(), 1000);
  }

  // item is what is known of a query on this page.
  item(id) {
    return this.#rows.get(id)?.item;
  }

  open(id) {
    this.#open = id;
    for (const [name, row] of this.#rows) attribute(row.link, "aria-current", name === id ? "page" : null);
  }

  #connect() {
    this.#stream?.end();
    const params = new URLSearchParams({ limit: pageSize });
    for (const [name, value] of Object.entries(this.#filter)) if (value) params.set(name, value);
    const after = this.#afters.at(-1);
    if (after) params.set("after", after);
    this.#stream = new Stream(
      `/v1/overview?${params}`,
      {
        page: (p) => this.#take(p),
        changed: (p) => {
          for (const q of p.queries) this.#change(q);
        },
        waiting: () => this.#told("waiting"),
      },
      (how) => {
        for (const row of this.#rows.values()) row.last = null; // what comes next is of a longer time
        this.#told(how);
      },
    );
  }

  #choose() {
    this.#filter = { id: this.#find.value.trim(), state: this.#state.value, owner: this.#owner.value };
    this.#afters = [""];
    this.#connect();
  }

  #turn(by) {
    if (by < 0) this.#afters.pop();
    else this.#afters.push(this.#page.next);
    if (this.#afters.length === 0) this.#afters = [""];
    this.#items.scrollTop = 0;
    this.#connect();
  }

  #wait() {
    this.#items.replaceChildren(...Array.from({ length: 12 }, () => h("li", { class: "item waiting", "aria-hidden": "true" })));
  }

  #take(page) {
    this.#told("open");
    this.#page = page;
    this.#options(this.#state, "all states", Object.entries(page.states).sort(), (s, n) => `${s} ${count(n)}`);
    this.#options(this.#owner, "all owners", (page.owners ?? []).map((o) => [o]), (o) => o);
    this.#previous.disabled = this.#afters.length < 2;
    this.#next.disabled = !page.next;
    const n = page.queries.length;
    text(this.#count, n === 0 ? "none" : page.total <= n ? plural(page.total, "query", "queries") : `${count(page.from + 1)}–${count(page.from + n)} of ${count(page.total)}`);
    attribute(this.#count, "data-total", String(page.total));
    if (n === 0 && page.from > 0) {
      this.#afters = [""];
      this.#connect();
      return;
    }
    if (n === 0) {
      this.#rows.clear();
      this.#items.replaceChildren(this.#nothing());
      return;
    }
    const rows = new Map();
    page.queries.forEach((q) => {
      const row = this.#rows.get(q.id) ?? this.#row(q.id);
      row.item = null;
      rows.set(q.id, row);
    });
    this.#rows = rows;
    const elements = [...rows.values()].map((r) => r.element);
    if (elements.length !== this.#items.children.length || elements.some((e, i) => e !== this.#items.children[i])) {
      this.#items.replaceChildren(...elements);
    }
    for (const q of page.queries) this.#change(q);
    this.open(this.#open);
  }

  #nothing() {
    const filtered = this.#filter.id || this.#filter.state || this.#filter.owner;
    const clear = h("button", { type: "button", class: "button", onclick: () => {
      this.#find.value = this.#state.value = this.#owner.value = "";
      this.#choose();
    } }, "Show all");
    return h("li", { class: "nothing" }, h("p", {}, filtered ? "No query is like that." : "No query stands yet."),
      filtered ? clear : h("a", { class: "button", href: "#/new" }, "Submit the first"));
  }

  #options(select, all, entries, name) {
    const chosen = select.value;
    const wanted = [["", all], ...entries.map((e) => [e[0], name(...e)])];
    if (chosen && !entries.some((e) => e[0] === chosen)) wanted.push([chosen, chosen]);
    if (document.activeElement === select && select.matches(":open")) return;
    if (wanted.length === select.options.length && wanted.every(([v], i) => select.options[i].value === v)) {
      wanted.forEach(([, t], i) => text(select.options[i], t));
      return;
    }
    select.replaceChildren(...wanted.map(([v, t]) => h("option", { value: v }, t)));
    select.value = chosen;
  }

  #row(id) {
    const row = { item: null, beats: [], last: null };
    row.dot = h("span", { class: "dot" });
    row.spark = svg("path", { class: "spark-line" });
    row.kind = h("span", { class: "kind muted" });
    row.cells = [0, 1, 2].map(() => h("span", { class: "cell" }, h("span", { class: "cell-name" }), h("span", { class: "cell-value" })));
    row.says = h("span", { class: "says" });
    row.link = h(
      "a",
      { href: `#/q/${encodeURIComponent(id)}`, "data-query": id },
      h("span", { class: "line-one" }, row.dot, h("span", { class: "id" }, id), row.kind,
        svg("svg", { class: "spark", viewBox: "0 0 60 16", preserveAspectRatio: "none", "aria-hidden": "true" }, row.spark)),
      h("span", { class: "line-two" }, row.cells, row.says),
    );
    row.element = h("li", { class: "item" }, row.link);
    return row;
  }

  #change(q) {
    const row = this.#rows.get(q.id);
    if (!row) return;
    if (q.sql === undefined && row.item) {
      const old = { ...row.item };
      for (const name of changing) delete old[name];
      q = { ...old, ...q };
    }
    if (row.item && row.item.epoch !== q.epoch) row.beats = [];
    row.item = q;
    attribute(row.dot, "data-state", q.state);
    attribute(row.dot, "title", q.state);
    attribute(row.link, "data-state", q.state);
    attribute(row.link, "data-matched", String(q.matched));
    attribute(row.link, "data-rows", String(q.rows));
    text(row.kind, q.window ? `from ${clock(q.window.start)}` : (q.owner ?? ""));
    this.#head(row, q);
  }

  // head writes the beginning of a result.
  #head(row, q) {
    let cells = [];
    let says = "";
    const columns = q.columns ?? [];
    const numbers = columns.filter((c) => isNumeric(c.type));
    if (q.state === "failed" || q.state === "completed" || q.state === "rejected") says = q.message || q.state;
    else if (q.head.length === 0) says = q.state === "live" ? "no rows yet" : q.state;
    else if (q.kind === "log") says = q.head[0].gap ? "rows may be missing here" : longest(q, columns);
    else if (q.kind === "rows" && q.head[0].key.length === 0) {
      cells = numbers.slice(0, 3).map((c) => ({ name: c.name, value: q.head[0].row[c.name], type: c.type }));
    } else {
      const by = q.kind === "rows" ? q.by : ordered(q, columns);
      const column = columns.find((c) => c.name === by);
      cells = q.head.map(({ key, row: r }) => ({
        name: q.kind === "rows" ? (key.map((k) => cell(k)).join(" · ")) : cell(r[(columns.find((c) => c.name !== by && !isNumeric(c.type) && c.type !== "TIMESTAMP") ?? columns[0])?.name]),
        value: column ? r[column.name] : undefined, type: column?.type,
      }));
    }
    if (cells.length === 0 && !says) says = plural(q.rows, "row", "rows");
    text(row.says, says);
    row.says.hidden = !says;
    const values = cells.map((c) => (c.value === undefined ? "" : c.value === null ? "null" : number(c.value, c.type)));
    // Large numbers are not cut: there are two of them then, not three.
    if (values.some((v) => v.length > 11)) row.element.classList.add("wide");
    const most = row.element.classList.contains("wide") ? 2 : 3;
    row.cells.forEach((element, i) => {
      const c = cells[i];
      element.hidden = Boolean(says) || i >= most;
      text(element.firstChild, c?.name ?? "");
      text(element.lastChild, values[i] ?? "");
      attribute(element.lastChild, "data-value", c === undefined || c.value === undefined ? null : raw(c.value));
    });
  }

  // beat moves the small lines on: posts matched in each of the last seconds.
  #beat() {
    for (const row of this.#rows.values()) {
      if (document.hidden) row.last = null;
      if (!row.item || document.hidden) continue;
      const now = Number(row.item.matched);
      if (row.last !== null) row.beats.push(Math.max(0, now - row.last));
      row.last = now;
      if (row.beats.length > sparkSeconds) row.beats.shift();
      const smooth = row.beats.map((_, i) => mean(row.beats.slice(Math.max(0, i - 4), i + 1)));
      const high = Math.max(1, ...smooth);
      const from = sparkSeconds - smooth.length;
      attribute(row.spark, "d", smooth.length < 4 ? "" : `M${smooth.map((v, i) => `${from + i},${(14.5 - (v / high) * 13).toFixed(1)}`).join("L")}`);
    }
  }

  #keys(e) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    const links = [...this.#items.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (at < 0 || !links[at + step]) return;
    e.preventDefault();
    links[at + step].focus();
  }
}

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

// ordered is the number by which a list is ordered.
function ordered(q, columns) {
  const name = /\border\s+by\s+"?([\w.]+)"?/i.exec(q.sql ?? "")?.[1];
  const found = columns.find((c) => c.name.toLowerCase() === name?.toLowerCase() && isNumeric(c.type));
  return (found ?? columns.find((c) => isNumeric(c.type)))?.name;
}

// longest is the text of a log's newest row that says most.
function longest(q, columns) {
  const texts = columns.filter((c) => c.type === "VARCHAR").map((c) => q.head[0].row[c.name]).filter((v) => v);
  return texts.sort((a, b) => b.length - a.length)[0] ?? columns.map((c) => cell(q.head[0].row[c.name], c.type)).join(" · ");
}
