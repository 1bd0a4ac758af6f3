// One query: what it is, how it stands, its chart and its rows.

import { ChartCard } from "./chartcard.js";
import { attribute, h, text } from "./dom.js";
import { sqlBlock } from "./editor.js";
import { clock, count, lately, moment, number } from "./format.js";
import { History } from "./history.js";
import { Result } from "./result.js";
import { Rows } from "./rows.js";
import { ask, Stream } from "./stream.js";

const drawEvery = 250;
const settleTime = 2000; // the first rows of a new query come one by one

export class Detail {
  #id;
  #list;
  #query = null;
  #result = new Result();
  #stream = null;
  #history = null;
  #chart = null;
  #rows = null;
  #parts = {};
  #timer = 0;
  #drawing = 0;
  #added = 0;
  #anew = false;
  #settled = 0;
  #window = ""; // the one that is shown; "" follows the newest
  #shown = null;
  #ended = new AbortController();

  constructor(id, list) {
    this.#id = id;
    this.#list = list;
    this.element = h("article", { class: "page query", "data-query": id }, h("a", { class: "back", href: "#/" }, "Queries"), h("h1", { tabindex: "-1" }, id));
    this.element.append(h("div", { class: "card loading", "aria-hidden": "true" }));
    this.#load();
  }

  end() {
    this.#ended.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#drawing);
    this.#stream?.end();
    this.#history?.end();
    this.#chart?.end();
  }

  focus() {
    this.element.querySelector("h1")?.focus();
  }

  // load asks for the query, now and again; what is shown follows.
  async #load() {
    clearTimeout(this.#timer);
    let answer = null;
    if (!document.hidden) {
      try {
        answer = await ask("GET", `/v1/queries/${encodeURIComponent(this.#id)}`, undefined, this.#ended.signal);
      } catch {
        return; // ended
      }
    }
    if (this.#ended.signal.aborted) return;
    if (answer?.ok) this.#take(answer.body);
    else if (answer && !this.#query) this.#trouble(answer);
    this.#timer = setTimeout(() => this.#load(), 1500);
  }

  #trouble({ status, body }) {
    const near = body.detail?.match(/did you mean ([A-Za-z0-9._-]+)\?$/)?.[1];
    const says = status === 404 ? `No query is registered as ${this.#id}.` : `${body.title}. Trying again…`;
    const note = h("div", { class: "card note", "data-note": "trouble" }, h("p", {}, says));
    if (near) note.append(h("p", {}, "Did you mean ", h("a", { href: `#/q/${near}` }, near), "?"));
    this.element.replaceChildren(h("a", { class: "back", href: "#/" }, "Queries"), h("h1", {}, this.#id), note);
  }

  #take(query) {
    const old = this.#query;
    this.#query = query;
    // A query that was only submitted has no columns yet; another has other ones.
    if (!old || old.epoch !== query.epoch && query.state !== "dropped" || old.kind !== query.kind || old.sql !== query.sql) this.#build();
    this.#facts();
  }

  #build() {
    const q = this.#query;
    this.#stream?.end();
    this.#history?.end();
    this.#chart?.end();
    this.#result = new Result();
    this.#window = "";
    this.#anew = true;
    const focused = this.element.querySelector("h1") === document.activeElement;
    const p = (this.#parts = {});
    p.state = h("span", { class: "state" }, h("span", { class: "dot" }), h("span"));
    p.note = h("div", { class: "notes", role: "status" });
    p.facts = h("dl", { class: "facts" });
    for (const [name, label] of [["matched", "Posts matched"], ["rows", "Rows"], ["errors", "Errors"], ["mismatches", "Type mismatches"],
      q.windowed ? ["late", "Late posts"] : null, ["started", "Started, UTC"], ["asof", "Complete to, UTC"]].filter(Boolean)) {
      p[name] = h("dd", { "data-fact": name }, "–");
      p.facts.append(h("div", {}, h("dt", {}, label), p[name]));
    }
    p.passed = h("p", { class: "passed" });
    this.#chart = new ChartCard(q);
    this.#rows = new Rows(q, this.#list.item(this.#id)?.by ?? firstNumber(q));
    this.element.replaceChildren(
      h("a", { class: "back", href: "#/" }, "Queries"),
      h("header", { class: "query-head" }, h("div", { class: "query-name" }, h("h1", { tabindex: "-1" }, this.#id), p.state, h("p", { class: "who muted" }, whose(q))), this.#actions()),
      p.note,
      q.sql ? sqlBlock(q.sql) : h("pre", { class: "sql" }),
      p.passed,
      p.facts,
      this.#chart.element,
      h("section", { class: "card", "aria-label": "Result" }, this.#head(), this.#rows.element),
    );
    if (focused) this.focus();
    this.#stream = new Stream(`/v1/queries/${encodeURIComponent(this.#id)}/changes`, this.#events(), () => {});
    this.#history = new History(this.#id, () => this.#drawChart());
  }

  #head() {
    const p = this.#parts;
    const q = this.#query;
    const title = q.kind === "log" ? "Newest rows" : q.kind === "top" ? `The first ${limit(q.sql)}` : "Rows";
    const head = h("div", { class: "card-head" }, h("h2", {}, title), this.#rows.controls);
    if (q.windowed) {
      p.earlier = h("button", { type: "button", class: "button", "aria-label": "Earlier window", onclick: () => this.#step(-1) }, "‹");
      p.later = h("button", { type: "button", class: "button", "aria-label": "Later window", onclick: () => this.#step(1) }, "›");
      p.window = h("span", { class: "window" });
      p.follow = h("button", { type: "button", class: "button quiet", "aria-pressed": "true", onclick: () => this.#step(0) }, "Newest");
      head.append(p.earlier, p.window, p.later, p.follow);
    }
    return head;
  }

  // step shows the window before or after, or the newest one.
  #step(by) {
    const all = this.#result.windows();
    const at = this.#window ? all.findIndex((w) => w.name === this.#window) : all.length - 1;
    const to = by === 0 ? all.length - 1 : Math.max(0, Math.min(all.length - 1, at + by));
    this.#window = to === all.length - 1 ? "" : all[to].name;
    this.#draw();
  }

  #actions() {
    const ask1 = h("div", { class: "ask" });
    const first = h("div", { class: "ask" },
      h("a", { class: "button", href: `#/replace/${encodeURIComponent(this.#id)}` }, "Edit"),
      h("button", { type: "button", class: "button", "data-action": "drop", onclick: () => swap(true) }, "Drop"));
    const sure = h("button", { type: "button", class: "button danger", "data-action": "drop-it", onclick: () => this.#drop(sure, swap) }, "Drop it");
    ask1.append(h("span", {}, "Drop this query?"), sure, h("button", { type: "button", class: "button", onclick: () => swap(false) }, "Keep it"));
    const box = h("div", { class: "actions" }, first, ask1);
    const swap = (asking, focus = true) => {
      first.inert = asking;
      ask1.inert = !asking;
      attribute(box, "data-asking", asking ? "" : null);
      if (focus) (asking ? sure : first.lastChild).focus();
    };
    swap(false, false);
    return box;
  }

  async #drop(button, swap) {
    button.disabled = true;
    const answer = await ask("DELETE", `/v1/queries/${encodeURIComponent(this.#id)}`);
    button.disabled = false;
    swap(false);
    if (!answer.ok) this.#tell("drop", "bad", `It is not dropped: ${answer.body.detail || answer.body.title}`);
    else this.#load();
  }

  #events() {
    return {
      begin: (e) => {
        this.#result.begin(e);
        if (e.epoch !== this.#query.epoch) this.#load();
      },
      rows: (e) => this.#changed(this.#result.rows(e)),
      top: (e) => this.#changed(this.#result.top(e)),
      log: (e) => {
        this.#added += this.#result.entries(e);
        this.#changed();
      },
      "window-gone": (e) => this.#changed(this.#result.gone(e)),
      facts: (e) => e.status && this.#load(),
      ready: () => {
        this.#result.ready();
        this.#changed();
      },
      dropped: () => this.#load(),
    };
  }

  #changed() {
    this.#drawing ||= setTimeout(() => {
      this.#drawing = 0;
      this.#draw();
    }, drawEvery);
  }

  #draw() {
    const q = this.#query;
    const p = this.#parts;
    let rows;
    if (q.kind === "log") {
      this.#rows.log(this.#result.log, this.#added);
      this.#added = 0;
      text(p.rows, count(this.#result.log.length));
      return;
    }
    if (q.windowed) {
      const all = this.#result.windows();
      const at = this.#window ? all.findIndex((w) => w.name === this.#window) : all.length - 1;
      const w = all[at] ?? all.at(-1);
      rows = w?.rows ?? [];
      text(p.window, w ? `${clock(w.window.start)} – ${clock(w.window.end)}` : "no window yet");
      attribute(p.window, "data-window", w?.name ?? null);
      p.earlier.disabled = at <= 0;
      p.later.disabled = at < 0 || at >= all.length - 1;
      attribute(p.follow, "aria-pressed", String(!this.#window));
      if (w?.name !== this.#shown) this.#anew = true;
      this.#shown = w?.name;
    } else {
      rows = this.#result.all();
    }
    if (q.kind === "top") this.#rows.top(rows);
    else this.#rows.rows(rows, this.#anew || (performance.now() < this.#settled && !this.#rows.chosen));
    if (rows.length > 0 && this.#anew) {
      this.#anew = false;
      this.#settled = performance.now() + settleTime;
    }
    text(p.rows, count(rows.length));
  }

  #drawChart() {
    if (document.hidden || !this.#history || !this.#chart) return;
    this.#chart.draw({ samples: this.#history.samples, now: this.#history.now, windows: this.#query.windowed ? this.#result.windows() : [] });
  }

  // facts shows how the query stands.
  #facts() {
    const q = this.#query;
    const p = this.#parts;
    attribute(p.state, "data-state", q.state);
    text(p.state.lastChild, q.state);
    const c = q.counters ?? {};
    for (const name of ["matched", "errors", "mismatches", "late"]) {
      if (!p[name]) continue;
      text(p[name], count(c[name] ?? 0));
      attribute(p[name], "data-value", String(c[name] ?? 0));
      attribute(p[name], "class", name !== "matched" && Number(c[name] ?? 0) > 0 ? "attention" : null);
    }
    const started = Date.parse(q.started ?? q.submitted ?? "");
    for (const [at, ms] of [[p.started, started], [p.asof, Number(q.as_of?.time ?? NaN)]]) {
      text(at, ms ? lately(ms) : "–");
      attribute(at, "title", ms ? `${moment(ms)} UTC` : null);
    }
    this.#passed(started);
    if (q.state === "dropped") this.#tell("state", "", "This query is dropped. Its results can be read for ten minutes more.");
    else if (q.state === "completed") this.#tell("state", "", `It is complete: ${q.message}.`);
    else if (q.state === "failed") this.#tell("state", "bad", `It was stopped: ${q.message}. Its rows are as they were then.`);
    else if (q.state === "rejected") this.#tell("state", "bad", `It was rejected: ${q.message}.`);
    else this.#tell("state", "", "");
    const r = q.rejection;
    this.#tell("rejection", "bad", r && q.state !== "rejected" ? `A later submission was rejected${r.line ? `, at line ${r.line}, column ${r.column}` : ""}: ${r.message}.` : "");
  }

  #passed(started) {
    const { passed, state } = this.#query;
    const p = this.#parts.passed;
    attribute(p, "data-passed", passed === undefined ? null : String(passed));
    if (passed === undefined) text(p, state === "live" && started ? `Posts are counted since ${clock(started)} UTC.` : "\u00a0");
    else if (passed === 0) text(p, "No post had passed before you: all are counted.");
    else p.replaceChildren(h("strong", {}, number(passed)), passed === 1 ? " post passed before you. " : " posts passed before you. ", "All that came after are counted.");
  }

  // tell shows a note of that name, or takes it away.
  #tell(name, kind, says) {
    const notes = this.#parts.note;
    const note = notes.querySelector(`[data-note="${name}"]`);
    if (!says) note?.remove();
    else if (note) text(note, says);
    else notes.append(h("p", { class: `note ${kind}`, "data-note": name }, says));
  }
}

const limit = (sql) => /\blimit\s+(\d+)/i.exec(sql ?? "")?.[1] ?? "";

function whose(q) {
  const labels = Object.entries(q.labels ?? {}).sort().map(([k, v]) => (v ? `${k}=${v}` : k));
  return [q.owner, ...labels].filter(Boolean).join(" · ") || "no owner";
}

// firstNumber is the column that rows are ordered by at first.
function firstNumber(q) {
  const grouped = (/\bgroup\s+by\b([^;]*)/i.exec(q.sql ?? "")?.[1] ?? "").split(/[\s,]+/);
  return q.columns?.find((c) => (c.type === "BIGINT" || c.type === "DOUBLE") && !grouped.includes(c.name))?.name;
}
