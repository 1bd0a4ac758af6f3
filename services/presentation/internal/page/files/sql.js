// Just enough of SQL to colour it, and to find the place of an error in it.

const keywords = new Set(
  ("select from where group by having order limit emit changes final as and or not in is null between like ilike escape " +
    "contains icontains any true false asc desc nulls first last table tumble descriptor interval timestamp date " +
    "millisecond second minute hour day seconds minutes hours days").split(" "),
);

const token = /(--[^\n]*|\/\*[^]*?(?:\*\/|$))|('(?:[^']|'')*(?:'|$))|("(?:[^"]|"")*(?:"|$))|(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|([\p{L}_][\p{L}\p{N}_]*)|(\s+)|([^])/gu;

// tokens cuts a text into [{text, kind}]; together they are the text.
export function tokens(text) {
  const all = [];
  for (const m of text.matchAll(token)) {
    let kind = "";
    if (m[1] !== undefined) kind = "comment";
    else if (m[2] !== undefined) kind = "string";
    else if (m[4] !== undefined) kind = "number";
    else if (m[5] !== undefined) {
      if (keywords.has(m[5].toLowerCase())) kind = "keyword";
      else if (/^\s*\(/.test(text.slice(m.index + m[0].length, m.index + m[0].length + 8))) kind = "function";
    }
    const last = all.at(-1);
    if (last && last.kind === kind) last.text += m[0];
    else all.push({ text: m[0], kind });
  }
  return all;
}

// place finds what an error is about: line and column count from 1, columns in
// characters (code points). It returns a range of the text.
export function place(text, line, column, found) {
  const lines = text.split("\n");
  if (line > lines.length) return { from: text.length, to: text.length };
  let from = 0;
  for (let i = 0; i < line - 1; i++) from += lines[i].length + 1;
  from += [...lines[line - 1]].slice(0, column - 1).join("").length;
  const rest = text.slice(from);
  const quoted = found?.match(/^"([^]*)"$/)?.[1];
  if (quoted && rest.startsWith(quoted)) return { from, to: from + quoted.length };
  const word = rest.match(/^(?:[\p{L}_][\p{L}\p{N}_.]*|'(?:[^'\n]|'')*'?|\d[\d.]*|\S)/u);
  return { from, to: from + (word ? word[0].length : 0) };
}

// replacement is what a hint says to write instead of what was found, or null.
export function replacement(hint) {
  return hint?.match(/^did you mean ([^\s?]+)\?$/)?.[1] ?? null;
}

// adds reports whether an output column adds up over posts, as count and sum do:
// only then does a rate mean anything, and a rest of groups.
export function adds(sql, name) {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  if (/^(count|sum)\(/i.test(name)) return true;
  return new RegExp(`\\b(count|sum)\\s*\\([^()]*\\)\\s+(as\\s+)?"?${escaped}"?(?![\\w.])`, "i").test(sql ?? "");
}
