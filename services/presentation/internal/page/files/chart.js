// Chart draws lines over time. Everything that does not move has its place before
// there is anything to draw.

import { h, svg, text, attribute } from "./dom.js";
import { axis, clock, number } from "./format.js";
import { domain, linear, ticks, times } from "./scale.js";

const height = 232;
const edge = { top: 10, right: 28, bottom: 24, left: 60 };
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Chart {
  #figure;
  #svg;
  #grid = svg("g", { class: "grid" });
  #moving = svg("g");
  #cursor = svg("line", { class: "cursor", visibility: "hidden" });
  #legend = h("ul", { class: "legend" });
  #empty = h("p", { class: "chart-empty" });
  #data = null;
  #width = 0;
  #at = null;
  #observer;
  #drawn = 0;

  constructor() {
    const id = `clip-${Math.random().toString(36).slice(2)}`;
    this.clip = svg("rect", { x: edge.left, y: 0, height });
    this.#moving.setAttribute("class", "moving");
    this.#svg = svg(
      "svg",
      { class: "plot", height, role: "img", "aria-label": "Chart over time", "data-chart": "" },
      svg("defs", {}, svg("clipPath", { id }, this.clip)),
      this.#grid,
      svg("g", { "clip-path": `url(#${id})` }, this.#moving),
      this.#cursor,
    );
    this.#figure = h("div", { class: "chart" }, h("div", { class: "plot-box" }, this.#svg, this.#empty), this.#legend);
    this.#svg.addEventListener("pointermove", (e) => this.#point(e.offsetX));
    this.#svg.addEventListener("pointerleave", () => this.#point(null));
    this.#observer = new ResizeObserver(() => this.#draw(false));
    this.#observer.observe(this.#svg.parentNode);
    for (let i = 0; i < 7; i++) {
      this.#legend.append(h("li", { hidden: true }, h("span", { class: "swatch" }), h("span", { class: "name" }), h("span", { class: "value" })));
    }
  }

  get element() {
    return this.#figure;
  }

  end() {
    this.#observer.disconnect();
  }

  // set draws series: [{label, points, others}] over [from, to]; bars for windows,
  // whose width is given in ms. Empty says why there is nothing.
  set(data) {
    this.#data = data;
    this.#draw(true);
  }

  #draw(moved) {
    const data = this.#data;
    const width = this.#svg.parentNode.clientWidth;
    if (!data || width < 50) return;
    const resized = width !== this.#width;
    this.#width = width;
    if (resized) {
      attribute(this.#svg, "width", String(width));
      attribute(this.#svg, "viewBox", `0 0 ${width} ${height}`);
      attribute(this.clip, "width", String(Math.max(0, width - edge.left)));
    }
    let low = Infinity;
    let high = -Infinity;
    let count = 0;
    for (const s of data.series) {
      for (const [t, v] of s.points) {
        if (t < data.from - (data.bar ?? 0)) continue;
        count++;
        low = Math.min(low, v);
        high = Math.max(high, v);
      }
    }
    text(this.#empty, count > 0 ? "" : (data.empty ?? "Nothing to draw yet."));
    if (data.bar) low = Math.min(0, low);
    const d = domain(low, high);
    const y = linear(d.low, d.high, height - edge.bottom, edge.top);
    const x = linear(data.from, data.to, edge.left, width - edge.right);
    this.x = x;

    this.#grid.replaceChildren(
      ...ticks(d).map((v) => svg("g", {}, svg("line", { x1: edge.left, x2: width - edge.right, y1: y(v), y2: y(v) }),
        svg("text", { x: edge.left - 8, y: y(v), dy: "0.32em", "text-anchor": "end" }, axis(v, d.step)))),
    );
    // Ticks beyond the right end come in as time goes on.
    const seen = times(data.from, data.to + 5000, Math.max(2, Math.floor((width - edge.left) / 110)));
    const fits = (t) => x(t) > edge.left + 20 && x(t) < width - 24;
    const shapes = seen.filter(fits).map((t) => svg("text", { class: "tick", x: x(t), y: height - 6, "text-anchor": "middle" }, clock(t)));
    data.series.forEach((s, i) => {
      const color = s.others ? "others" : `color-${i % 6}`;
      if (data.bar && data.series.length === 1) {
        const wide = Math.max(1, x(data.bar) - x(0) - 1);
        for (const [t, v] of s.points) {
          const open = t === s.points.at(-1)[0] ? " open" : "";
          shapes.push(svg("rect", { class: `bar ${color}${open}`, x: x(t), y: Math.min(y(v), y(0)), width: wide, height: Math.abs(y(v) - y(0)) }));
        }
        return;
      }
      const at = s.points.map(([t, v]) => `${x(t + (data.bar ?? 0) / 2).toFixed(1)},${y(v).toFixed(1)}`);
      if (at.length === 1 || data.bar) {
        for (const p of at) shapes.push(svg("circle", { class: `dot ${color}${data.bar && p === at.at(-1) ? " open" : ""}`, cx: p.split(",")[0], cy: p.split(",")[1], r: 2.5 }));
      }
      // The newest window is not whole yet.
      const whole = data.bar ? at.slice(0, -1) : at;
      if (whole.length > 1) shapes.push(svg("path", { class: `line ${color}`, d: `M${whole.join("L")}` }));
    });
    this.#moving.replaceChildren(...shapes);
    attribute(this.#svg, "data-points", String(count));
    attribute(this.#svg, "data-to", String(data.to));

    // Between two drawings the lines glide by what the time axis has moved.
    const now = performance.now();
    const glide = x(data.to) - x(data.to - Math.min(1500, now - this.#drawn));
    if (moved && !resized && this.#drawn && data.glides && !still.matches && glide > 0.3) {
      this.#moving.animate([{ transform: `translateX(${glide}px)` }, { transform: "none" }], { duration: 1000, easing: "linear" });
    }
    this.#drawn = now;
    this.#tell();
  }

  #point(offset) {
    this.#at = offset;
    this.#tell();
  }

  // tell writes the legend: what the lines are now, or where the pointer is.
  #tell() {
    const data = this.#data;
    if (!data) return;
    let time = null;
    const inside = this.#at !== null && this.#at >= edge.left && this.#at <= this.#width - edge.right;
    if (inside) {
      time = linear(edge.left, this.#width - edge.right, data.from, data.to)(this.#at);
      for (const [name, value] of [["x1", this.#at], ["x2", this.#at], ["y1", edge.top], ["y2", height - edge.bottom]]) {
        attribute(this.#cursor, name, String(value));
      }
    }
    attribute(this.#cursor, "visibility", inside ? "visible" : "hidden");
    attribute(this.#svg, "data-at", inside ? clock(time) : null);
    [...this.#legend.children].forEach((li, i) => {
      const s = data.series[i];
      li.hidden = !s;
      if (!s) return;
      const [swatch, name, value] = li.children;
      attribute(swatch, "class", `swatch ${s.others ? "others" : `color-${i % 6}`}`);
      text(name, s.label);
      attribute(name, "title", s.label);
      const v = time === null ? s.value : before(s.points, time);
      text(value, v === undefined ? "–" : data.rate ? speed(v) : number(v, data.type));
    });
  }
}

// speed writes a rate, which is never exact.
const speed = (v) => (v >= 100 ? number(Math.round(v)) : number(v, "DOUBLE"));

// before is the last value at a time.
function before(points, time) {
  let found;
  for (const [t, v] of points) {
    if (t > time) break;
    found = v;
  }
  return found;
}
