// Rows shows a result as a table. Its rows keep their places while values change:
// the order is taken when it is asked for, new rows come at the end, and a row that
// left stays as an empty place until the order is taken again.

import { attribute, h, text } from "./dom.js";
import { cell, isIdent, isNumeric, plural, raw } from "./format.js";
import { keyText } from "./series.js";

const pageSize = 100;
const logSize = 50;

const widths = { number: 15, time: 21, flag: 14, word: 20, long: 34, ident: 22 }; // in characters, as the style sheet has them
const kinds = { BIGINT: "number", DOUBLE: "number", TIMESTAMP: "time", DATE: "time", BOOLEAN: "flag" };

// compare orders values of a column; null is greater than all, as in the dialect.
export function compare(a, b) {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : 1;
  if (Array.isArray(a) || typeof a === "object") return compare(JSON.stringify(a), JSON.stringify(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

export class Rows {
  #query;
  #columns;
  #table;
  #single;
  #width;
  #wide = new Set();
  #body = h("tbody");
  #head = h("tr");
  #more = h("button", { type: "button", class: "button", onclick: () => this.#grow() }, "Show more");
  #again = h("button", { type: "button", class: "button quiet", onclick: () => this.#resort() }, "Sort again");
  #note = h("span", { class: "muted" });
  #pause = h("button", { type: "button", class: "button quiet", "aria-pressed": "false", onclick: () => this.#hold() }, "Pause");
  #rows = new Map(); // text of the key → {key, row}
  #order = [];
  #shown = pageSize;
  #sort = null;
  #chosen = false;
  #held = false;
  #fresh = 0;
  #log = [];

  constructor(query, by) {
    this.#query = query;
    this.#columns = query.columns ?? [];
    this.#sort = query.kind === "rows" && by ? { name: by, down: true } : null;
    const total = this.#columns.reduce((n, c) => n + widths[this.#kind(c)], query.kind === "top" ? 4 : 0);
    const wide = this.#columns.some((c) => this.#kind(c) === "long");
    // A result without groups is one row: its numbers may be large.
    this.#single = query.kind === "rows" && !/\bgroup\s+by\b|"group_by"/i.test(query.sql ?? "") && this.#columns.length < 5;
    const table = h(
      "table",
      { class: `${query.kind}${wide ? " wide" : ""}${this.#single ? " single" : ""}`, "data-kind": query.kind },
      h("colgroup", {}, query.kind === "top" && h("col", { class: "rank" }), this.#columns.map((c) => h("col", { class: this.#kind(c) }))),
      h("thead", {}, this.#head),
      this.#body,
    );
    table.style[wide ? "minWidth" : "width"] = this.#single ? `${this.#columns.length * 15}rem` : `${total}ch`;
    table.style.setProperty("--columns", this.#columns.length);
    this.#table = table;
    this.#width = table.style.width;
    if (query.kind === "top") this.#head.append(h("th", { scope: "col", class: "number" }, "#"));
    for (const c of this.#columns) this.#head.append(this.#header(c));
    // Above the rows, where nothing moves when there are more of them.
    this.controls = h("div", { class: "controls" }, this.#note, this.#again, this.#pause);
    this.#pause.hidden = query.kind !== "log";
    this.#more.hidden = true;
    this.element = h("div", { class: "rows" }, h("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": "Rows" }, table), this.#more);
    this.#draw();
  }

  #kind(c) {
    if (isIdent(c)) return "ident";
    if (kinds[c.type]) return kinds[c.type];
    return c.name === "text" || c.name.endsWith(".text") ? "long" : "word";
  }

  #header(c) {
    const kind = this.#kind(c);
    if (this.#query.kind !== "rows") return h("th", { scope: "col", class: kind, title: c.type }, c.name);
    const button = h("button", { type: "button", onclick: () => this.#sortBy(c) }, h("span", {}, c.name), h("span", { class: "arrow", "aria-hidden": "true" }));
    return h("th", { scope: "col", class: kind, title: c.type, "data-column": c.name }, button);
  }

  // chosen reports whether somebody has chosen an order.
  get chosen() {
    return this.#chosen;
  }

  #sortBy(c) {
    this.#chosen = true;
    const down = this.#sort?.name === c.name ? !this.#sort.down : isNumeric(c.type);
    this.#sort = { name: c.name, down };
    this.#resort();
  }

  #resort() {
    const { name, down } = this.#sort ?? {};
    this.#order = [...this.#rows.keys()].sort((a, b) => {
      if (name !== undefined) {
        const [x, y] = [this.#rows.get(a).row[name], this.#rows.get(b).row[name]];
        const c = compare(x, y);
        const missing = (x ?? null) === null || (y ?? null) === null;
        if (c !== 0) return down && !missing ? -c : c;
      }
      return a < b ? -1 : 1;
    });
    this.#draw();
  }

  // rows takes all rows of a table that there are: [{key, row}]. With anew their
  // order is taken again.
  rows(all, anew) {
    this.#rows = new Map(all.map((r) => [keyText(r.key), r]));
    if (anew || this.#order.length === 0) {
      this.#resort();
      return;
    }
    const placed = new Set(this.#order);
    for (const k of this.#rows.keys()) if (!placed.has(k)) this.#order.push(k);
    // Where most have left, their places close up.
    if (this.#order.length > 2 * this.#rows.size + pageSize) this.#order = this.#order.filter((k) => this.#rows.has(k));
    this.#draw();
  }

  // top takes an ordered list.
  top(all) {
    this.#rows = new Map(all.map((r, i) => [String(i), r]));
    this.#order = [...this.#rows.keys()];
    this.#draw();
  }

  // log takes the newest entries, oldest first, and how many are new.
  log(entries, added) {
    this.#log = entries;
    if (this.#held) this.#fresh += added;
    else this.#takeLog();
    this.#tell();
  }

  #takeLog() {
    this.#fresh = 0;
    const newest = this.#log.slice(-logSize).reverse();
    this.#rows = new Map(newest.map((e) => [e.id, e]));
    this.#order = newest.map((e) => e.id);
    this.#draw();
  }

  #hold() {
    this.#held = !this.#held;
    attribute(this.#pause, "aria-pressed", String(this.#held));
    text(this.#pause, this.#held ? "Go on" : "Pause");
    if (!this.#held) this.#takeLog();
    this.#tell();
  }

  #grow() {
    this.#shown += pageSize;
    this.#draw();
  }

  #draw() {
    const names = this.#order.slice(0, this.#shown);
    while (this.#body.rows.length > Math.max(names.length, this.#least())) this.#body.lastChild.remove();
    while (this.#body.rows.length < Math.max(names.length, this.#least())) this.#body.append(this.#blank());
    [...this.#body.rows].forEach((tr, i) => this.#fill(tr, names[i], i));
    for (const th of this.#head.cells) {
      const name = th.dataset.column;
      if (name === undefined) continue;
      attribute(th, "aria-sort", this.#sort?.name === name ? (this.#sort.down ? "descending" : "ascending") : null);
    }
    this.#tell();
  }

  // A list has its places before it has rows.
  #least() {
    const limit = /\blimit\s+(\d+)\s*;?\s*$/i.exec(this.#query.sql ?? "")?.[1];
    return this.#query.kind === "top" ? Math.min(Number(limit ?? 1), pageSize) : 1;
  }

  #blank() {
    const tr = h("tr");
    if (this.#query.kind === "top") tr.append(h("td", { class: "number rank" }));
    for (const c of this.#columns) tr.append(h("td", { class: this.#kind(c), "data-column": c.name }, h("span")));
    return tr;
  }

  #fill(tr, name, i) {
    const item = name === undefined ? undefined : this.#rows.get(name);
    const gone = name !== undefined && !item;
    attribute(tr, "data-key", item ? (item.key ? keyText(item.key) : name) : null);
    attribute(tr, "class", gone ? "gone" : item ? null : "blank");
    const cells = [...tr.cells];
    if (this.#query.kind === "top") text(cells.shift(), String(i + 1));
    if (gone) return;
    if (item?.gap) {
      cells.forEach((td, j) => this.#cell(td, j === 0 ? "rows may be missing here" : "", null, "muted"));
      return;
    }
    this.#columns.forEach((c, j) => {
      const value = item?.row?.[c.name];
      const shown = !item ? "" : this.#kind(c) === "ident" ? raw(value) : cell(value, c.type);
      this.#cell(cells[j], shown, item ? raw(value) : null, item && (value ?? null) === null ? "null" : null);
      if (shown.length > 14 && isNumeric(c.type)) this.#widen(j, c);
    });
  }

  // widen makes room for large numbers: they are never cut.
  #widen(j, c) {
    if (this.#kind(c) !== "number" || this.#single || this.#wide.has(j)) return;
    this.#wide.add(j);
    const cols = this.#table.querySelectorAll("col");
    cols[cols.length - this.#columns.length + j].className = "large";
    const name = this.#width ? "width" : "minWidth";
    this.#table.style[name] = `${parseInt(this.#table.style[name], 10) + 13}ch`;
    if (this.#width) this.#width = this.#table.style.width;
  }

  #cell(td, shown, exact, style) {
    attribute(td, "data-value", exact);
    const span = td.firstChild;
    text(span, shown || "\u00a0");
    attribute(span, "class", style);
    attribute(td, "title", shown.length > 16 ? shown : null);
  }

  #tell() {
    const kind = this.#query.kind;
    const n = this.#rows.size;
    let said = "";
    if (kind === "log") said = this.#held ? `paused, ${plural(this.#fresh, "newer row", "newer rows")}` : n > 0 ? `the newest ${n}, newest first` : "no rows yet";
    else if (kind === "rows") said = n === 0 ? "no rows yet" : plural(n, "row", "rows");
    else said = n === 0 ? "no rows yet" : "in order";
    text(this.#note, this.#single ? "" : said);
    this.#more.hidden = this.#order.length <= this.#shown;
    this.#again.hidden = kind !== "rows" || this.#order.length < 2;
  }
}
