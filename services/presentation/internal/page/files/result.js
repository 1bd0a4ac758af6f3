// Result is a query's result as its stream of changes tells it.

import { keyText } from "./series.js";

const logSize = 1000;
const nameOf = (window) => (window ? `${window.start}-${window.end}` : "");

export class Result {
  #now = { epoch: -1, windows: new Map(), log: [] };
  #next = null; // what is being told anew, until it is whole

  get epoch() {
    return this.#now.epoch;
  }

  get log() {
    return this.#now.log;
  }

  // begin and ready enclose a whole state; what was there before stays until then.
  begin({ epoch }) {
    this.#next = { epoch, windows: new Map(), log: [] };
  }

  // ready returns whether this is another state than the one before.
  ready() {
    if (!this.#next) return false;
    this.#now = this.#next;
    this.#next = null;
    return true;
  }

  get #state() {
    return this.#next ?? this.#now;
  }

  #window(window) {
    const { windows } = this.#state;
    const name = nameOf(window);
    let w = windows.get(name);
    if (!w) {
      w = { name, window, rows: new Map(), top: [] };
      windows.set(name, w);
    }
    return w;
  }

  rows({ window, rows }) {
    const all = this.#window(window).rows;
    for (const r of rows) {
      if (r.row === null) all.delete(keyText(r.key));
      else all.set(keyText(r.key), r);
    }
  }

  top({ window, rows }) {
    this.#window(window).top = rows;
  }

  // entries returns how many of them are new.
  entries({ rows }) {
    const { log } = this.#state;
    log.push(...rows);
    if (log.length > logSize) log.splice(0, log.length - logSize);
    return rows.length;
  }

  gone({ window }) {
    this.#state.windows.delete(nameOf(window));
  }

  // windows returns those that there are, by start, each with its rows.
  windows() {
    return [...this.#now.windows.values()]
      .filter((w) => w.window && (w.rows.size > 0 || w.top.length > 0))
      .sort((a, b) => a.window.start - b.window.start)
      .map((w) => ({ name: w.name, window: w.window, rows: w.top.length > 0 ? w.top : [...w.rows.values()] }));
  }

  // all returns the rows of a result without windows.
  all() {
    const w = this.#now.windows.get("");
    return w ? (w.top.length > 0 ? w.top : [...w.rows.values()]) : [];
  }
}
