// The arithmetic of axes.

// step returns a step of 1, 2, 2.5 or 5 times a power of ten that makes at most
// the given number of steps.
export function step(span, most) {
  if (!(span > 0)) return 1;
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  for (const s of [1, 2, 2.5, 5]) {
    if (s * power >= rough * (1 - 1e-9)) return s * power;
  }
  return 10 * power;
}

// domain returns where a value axis begins and ends and its step: from zero unless
// the values are far from it and close together.
export function domain(low, high, most = 4) {
  if (!(low <= high)) return { low: 0, high: 1, step: 0.25 };
  if (low > 0 && low < high * 0.7) low = 0;
  if (high < 0 && high > low * 0.7) high = 0;
  if (low === high) {
    if (low > 0) low = 0;
    else if (low < 0) high = 0;
    else high = 1;
  }
  const s = step(high - low, most);
  return { low: Math.floor(low / s + 1e-9) * s, high: Math.ceil(high / s - 1e-9) * s, step: s };
}

export function ticks({ low, high, step: s }) {
  const all = [];
  const n = Math.round((high - low) / s);
  for (let i = 0; i <= n; i++) all.push(Number((low + i * s).toPrecision(12)));
  return all;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const steps = [
  second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second, minute, 2 * minute, 5 * minute, 10 * minute,
  15 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour,
];

// times returns the ticks of a time axis, at round times of day.
export function times(from, to, most) {
  const s = steps.find((x) => (to - from) / x <= most) ?? 24 * hour * Math.ceil((to - from) / (24 * hour) / most);
  const all = [];
  for (let t = Math.ceil(from / s) * s; t <= to; t += s) all.push(t);
  return all;
}

// linear maps [a, b] to [c, d].
export function linear(a, b, c, d) {
  const k = b === a ? 0 : (d - c) / (b - a);
  return (x) => c + (x - a) * k;
}
