// JSON without rounding: integers that a Number cannot hold become BigInts.

const whole = /^-?\d+$/;

// Newer engines hand the text of a number to the reviver.
const hasSource = (() => {
  let seen = false;
  JSON.parse("1", (_, value, context) => {
    seen = context?.source === "1";
    return value;
  });
  return seen;
})();

export function parse(text) {
  return hasSource ? JSON.parse(text, fromSource) : parseMarked(text);
}

function fromSource(_, value, context) {
  if (typeof value !== "number" || Number.isSafeInteger(value) || !whole.test(context.source)) return value;
  return BigInt(context.source);
}

// parseMarked is for engines that do not: large integers are made strings that
// begin with n, and all other strings begin with s, before JSON.parse sees them.
export function parseMarked(text) {
  const token = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
  const marked = text.replace(token, (all, string, colon) => {
    if (colon) return all;
    if (string) return `"s${string.slice(1)}`;
    return whole.test(all) && !Number.isSafeInteger(Number(all)) ? `"n${all}"` : all;
  });
  return JSON.parse(marked, (_, value) => {
    if (typeof value !== "string") return value;
    return value[0] === "n" ? BigInt(value.slice(1)) : value.slice(1);
  });
}

// stringify is the inverse of parse.
export function stringify(value) {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(stringify).join(",")}]`;
  if (value && typeof value === "object") {
    return `{${Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}:${stringify(v)}`).join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}
