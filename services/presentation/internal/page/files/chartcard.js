// The chart of a query with what chooses what it shows.

import { Chart } from "./chart.js";
import { attribute, h, text } from "./dom.js";
import { lines, matched, measures, ofWindows, steady } from "./series.js";

const minute = 60_000;
const shownWindows = 90;

export class ChartCard {
  #query;
  #chart = new Chart();
  #measure = h("select", { "aria-label": "What the chart shows" });
  #only = h("span", { class: "muted" });
  #rates;
  #ranges;
  #note = h("span", { class: "chart-note muted" });
  #rate = false;
  #range = 5 * minute;
  #chosen = [];
  #measures = [];
  #began = null;

  constructor(query) {
    this.#query = query;
    this.#rate = query.kind === "log";
    this.#measure.addEventListener("change", () => {
      this.#chosen = [];
      this.redraw();
    });
    this.#rates = choice("Scale", [["total", false], ["per second", true]], this.#rate, (v) => {
      this.#rate = v;
      this.redraw();
    });
    this.#ranges = choice("Range", [["1 min", minute], ["5 min", 5 * minute], ["15 min", 15 * minute]], this.#range, (v) => {
      this.#range = v;
      this.redraw();
    });
    this.#ranges.hidden = this.#rates.hidden = Boolean(query.windowed);
    this.element = h(
      "section",
      { class: "card chart-card", "aria-label": "Chart" },
      h("div", { class: "card-head" }, h("h2", {}, query.windowed ? "By window" : "Over time"), this.#measure, this.#only, this.#note, this.#rates, this.#ranges),
      this.#chart.element,
    );
    this.redraw = () => {};
    this.#chart.set({ series: [], from: Date.now() - minute, to: Date.now(), empty: "Loading…" });
  }

  end() {
    this.#chart.end();
  }

  // draw shows samples up to now, or windows.
  draw({ samples, now, windows }) {
    this.redraw = () => this.draw({ samples, now, windows });
    if (this.#query.windowed) this.#windows(windows);
    else this.#samples(samples, now);
  }

  #choose(rows, none = false) {
    const names = none ? [matched] : measures(this.#query, rows);
    if (JSON.stringify(names) !== JSON.stringify(this.#measures)) {
      const before = this.#measure.value;
      this.#measures = names;
      this.#measure.replaceChildren(...names.map((m) => h("option", { value: m.name }, m.label)));
      this.#measure.value = names.some((m) => m.name === before) && before ? before : names[0].name;
      this.#chosen = [];
    }
    this.#measure.hidden = names.length < 2;
    text(this.#only, names.length < 2 ? names[0].label : "");
    return names.find((m) => m.name === this.#measure.value) ?? names[0];
  }

  #samples(samples, now) {
    const rows = samples.findLast((s) => s.rows?.length > 0)?.rows;
    // Large results have no rows in their samples.
    const drawn = this.#choose(rows ?? [], samples.length > 0 && !rows);
    const rate = this.#rate && drawn.adds;
    for (const b of this.#rates.querySelectorAll("button")) b.disabled = !drawn.adds;
    const first = samples[0]?.time ?? now;
    this.#began ??= Math.min(first, now);
    const from = now - Math.max(minute, Math.min(this.#range, now - Math.min(first, this.#began)));
    // Some from before the range: lines begin at its edge.
    const begin = samples.findLastIndex((s) => s.time < from - this.#range / 30);
    const moments = steady(samples.slice(Math.max(0, begin)), now).filter((m) => m.time >= from - this.#range / 30 - 1000);
    const { chosen, series, left } = lines(moments, drawn, { rate: rate ? Math.max(5000, this.#range / 30) : 0, chosen: this.#chosen });
    this.#chosen = chosen;
    const large = samples.length > 0 && !rows && this.#query.kind !== "log";
    text(this.#note, large ? "too many rows for lines" : left > 0 ? `and ${left} more in the table` : "");
    this.#chart.set({
      series: moments.length > 0 ? series : [], from, to: now, type: drawn.type, rate, glides: true,
      empty: samples.length > 0 ? "Nothing in this time." : "Samples come as soon as something changes.",
    });
    attribute(this.element, "data-samples", String(samples.length));
  }

  #windows(all) {
    const windows = all.slice(-shownWindows);
    const measure = this.#choose(windows.at(-1)?.rows ?? []);
    const { chosen, series, left } = lines(ofWindows(windows), measure, { chosen: this.#chosen });
    this.#chosen = chosen;
    const newest = windows.at(-1)?.window;
    const bar = newest ? newest.end - newest.start : minute;
    const to = newest?.end ?? Date.now();
    const from = Math.min(windows[0]?.window.start ?? to, to - 12 * bar);
    text(this.#note, left > 0 ? `and ${left} more in the table` : "");
    this.#chart.set({ series: windows.length > 0 ? series : [], from, to, bar, type: measure.type, empty: "No window has anything yet." });
    attribute(this.element, "data-samples", String(windows.length));
  }
}

function choice(name, options, chosen, take) {
  const group = h("div", { class: "choice", role: "group", "aria-label": name });
  for (const [label, value] of options) {
    group.append(h("button", { type: "button", "aria-pressed": String(value === chosen), onclick: (e) => {
      for (const b of group.children) attribute(b, "aria-pressed", String(b === e.currentTarget));
      take(value);
    } }, label));
  }
  return group;
}
