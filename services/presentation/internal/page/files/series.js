// What a chart draws, from samples of a result or from its windows.

import { cell, isIdent, isNumeric } from "./format.js";
import { adds } from "./sql.js";

export const most = 6; // lines, besides the one of all others
const second = 1000;

// keyColumns are those that have, in all of some rows, what the key has.
export function keyColumns(columns, rows) {
  const some = rows.slice(0, 8);
  const same = (a, b) => a === b || JSON.stringify(String(a)) === JSON.stringify(String(b));
  return new Set(
    columns.filter((c) => some.length > 0 && some.every(({ key, row }) => key?.some((k) => same(k, row[c.name])))).map((c) => c.name),
  );
}

// measures are what can be drawn of a query: its numbers, and how many posts it
// matched.
export const matched = { name: "", label: "posts matched", type: "BIGINT", adds: true };

export function measures(query, rows) {
  if (query.kind === "log" || !/\b(count|sum|avg|min|max)\s*\(/i.test(aggregates(query))) return [matched];
  const keys = keyColumns(query.columns ?? [], rows);
  const numbers = (query.columns ?? [])
    .filter((c) => isNumeric(c.type) && !keys.has(c.name) && !isIdent(c))
    .map((c) => ({ name: c.name, label: c.name, type: c.type, adds: adds(query.sql, c.name) }));
  return query.windowed && numbers.length > 0 ? numbers : [...numbers, matched];
}

// The older JSON form says "agg" for what SQL writes as a function.
const aggregates = (query) => (query.sql ?? "").replace(/"agg"\s*:\s*"(\w+)"/g, "$1(");

export const keyText = (key) => JSON.stringify(key, (_, v) => (typeof v === "bigint" ? v.toString() : v));
export const label = (key, measure) => (key.length > 0 ? key.map((k) => cell(k)).join(" · ") : measure.label);

// lines makes [{key, label, points: [[time, value]], value}] of moments, which are
// [{time, matched, rows}] in order of time: a line for each of a few groups, the
// greatest of the newest moment first when they are chosen, and one of all others
// where they add up. Chosen is what an earlier call returned: lines keep their
// places and colours. With a rate, which is over how many ms it is taken, lines are
// changes per second.
export function lines(moments, measure, { rate = 0, chosen = [] } = {}) {
  if (measure.name === "") {
    return { chosen, left: 0, series: [line("", measure.label, moments.map((m) => [m.time, Number(m.matched)]), rate)] };
  }
  const labels = new Map();
  const read = new Map(); // moments that stand for others share their rows
  const values = moments.map(({ rows }) => {
    let all = read.get(rows);
    if (all) return all;
    all = new Map();
    read.set(rows, all);
    for (const { key, row } of rows ?? []) {
      const v = row?.[measure.name];
      if (v === null || v === undefined) continue;
      const name = keyText(key);
      if (!labels.has(name)) labels.set(name, label(key, measure));
      all.set(name, Number(v));
    }
    return all;
  });
  const now = values.at(-1) ?? new Map();
  const keep = chosen.filter((k) => now.has(k)).slice(0, most);
  const ranked = [...now.keys()].filter((k) => !keep.includes(k)).sort((a, b) => now.get(b) - now.get(a) || (a < b ? -1 : 1));
  const names = [...keep, ...ranked].slice(0, most);
  const series = names.map((k) => {
    const points = [];
    moments.forEach((m, i) => values[i].has(k) && points.push([m.time, values[i].get(k)]));
    return line(k, labels.get(k), points, rate);
  });
  const left = now.size - names.filter((k) => now.has(k)).length;
  if (left > 0 && measure.adds) {
    const drawn = new Set(names);
    const points = moments.map((m, i) => {
      let sum = 0;
      for (const [k, v] of values[i]) if (!drawn.has(k)) sum += v;
      return [m.time, sum];
    });
    series.push({ ...line(null, left === 1 ? "1 other" : `${left} others`, points, rate), others: true });
  }
  return { chosen: names, series, left: measure.adds ? 0 : left };
}

function line(key, name, points, rate) {
  const drawn = rate ? speeds(points, rate) : points;
  return { key, label: name, points: drawn, value: drawn.at(-1)?.[1] };
}

// steady fills in what was not sampled, since samples are taken only when something
// has changed: in a gap, and up to now, all stayed as it was.
export function steady(samples, now) {
  const all = [];
  for (const next of [...samples, { time: now, last: true }]) {
    const before = all.at(-1);
    if (before && next.time - before.time > 2.5 * second) {
      for (let t = before.time + second; t < next.time - second / 2; t += second) all.push({ ...before, time: t });
    }
    if (!next.last) all.push(next);
    else if (before && now - before.time > 2.5 * second) all.push({ ...before, time: now });
  }
  return all;
}

// speeds turns counts into changes per second.
export function speeds(points, over) {
  const all = [];
  let from = 0;
  for (let i = 1; i < points.length; i++) {
    while (points[i][0] - points[from][0] > over) from++;
    const took = points[i][0] - points[from][0];
    if (took < 2 * second) continue;
    all.push([points[i][0], Math.max(0, ((points[i][1] - points[from][1]) * second) / took)]);
  }
  return all;
}

// ofWindows makes moments of windows: {window, rows} in order of time.
export function ofWindows(windows) {
  return windows.map((w) => ({ time: w.window.start, matched: 0, rows: w.rows }));
}
