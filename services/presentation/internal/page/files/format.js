// How values are written for people. Numbers keep their width while they change:
// doubles always have two decimals.

const integer = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

export const isNumeric = (type) => type === "BIGINT" || type === "DOUBLE";

// isIdent is true for numbers that count nothing.
export const isIdent = (column) => column.type === "BIGINT" && /(^|[._])(id|reply_to)$/i.test(column.name);

export function number(value, type) {
  if (typeof value === "bigint") return integer.format(value);
  if (!Number.isFinite(value)) return String(value);
  if (type === "DOUBLE" || !Number.isInteger(value)) {
    const size = Math.abs(value);
    return size !== 0 && (size < 0.01 || size >= 1e15) ? value.toPrecision(4) : decimal.format(value);
  }
  return integer.format(value);
}

export const count = (value) => integer.format(value);

// axis writes a tick: short, and with as many decimals as the step wants.
export function axis(value, step) {
  if (value === 0) return "0";
  if (Math.abs(value) >= 1e5) {
    return step >= Math.abs(value) / 500 ? short.format(value) : integer.format(value);
  }
  let digits = 0;
  while (digits < 6 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits++;
  return new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

const two = (n) => String(n).padStart(2, "0");

// clock is the time of day in UTC, as all times of results are.
export function clock(ms) {
  const d = new Date(ms);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
}

export function day(ms) {
  return new Date(ms).toISOString().slice(0, 10);
}

export const moment = (ms) => `${day(ms)} ${clock(ms)}`;

// lately is short: a day is named only where it is another.
export function lately(ms) {
  return day(ms) === day(Date.now()) ? clock(ms) : `${day(ms).slice(5)} ${clock(ms).slice(0, 5)}`;
}

// cell writes a value of a row.
export function cell(value, type) {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number" || typeof value === "bigint") return number(value, type);
  if (typeof value === "boolean") return value ? "true" : "false";
  if (Array.isArray(value)) return value.map((v) => cell(v)).join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  if (type === "TIMESTAMP") return value.replace("T", " ").replace(/(\.000)?Z$/, "");
  return value;
}

// raw is what a test compares with the store.
export function raw(value) {
  if (value === null || value === undefined) return "null";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function plural(n, one, many) {
  return `${count(n)} ${n === 1 || n === 1n ? one : many}`;
}
