// Editor is a text area for SQL with its colours, and errors marked where they are.
// The coloured text lies below a text area whose own text cannot be seen.

import { h } from "./dom.js";
import { place, replacement, tokens } from "./sql.js";

export class Editor {
  #area;
  #below = h("pre", { class: "editor-below", "aria-hidden": "true" });
  #problem = h("div", { class: "problem", id: "sql-problem", role: "alert" });
  #mark = null;

  constructor({ value = "", submit }) {
    this.#area = h("textarea", {
      id: "sql", name: "sql", rows: "8", spellcheck: "false", autocapitalize: "off", autocomplete: "off", "aria-describedby": "sql-problem",
      placeholder: "SELECT lang, count(*) AS posts\nFROM tweets\nGROUP BY lang", required: true,
    });
    this.#area.value = value;
    this.#area.addEventListener("input", () => {
      this.clear();
      this.#draw();
    });
    this.#area.addEventListener("scroll", () => this.#follow());
    this.#area.addEventListener("keydown", (e) => {
      if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
        e.preventDefault();
        submit();
      }
    });
    this.element = h("div", { class: "editor-box" }, h("div", { class: "editor" }, this.#below, this.#area), this.#problem);
    this.#draw();
  }

  get value() {
    return this.#area.value;
  }

  set value(sql) {
    this.#area.value = sql;
    this.clear();
    this.#draw();
  }

  focus() {
    this.#area.focus();
  }

  clear() {
    this.#mark = null;
    this.#area.removeAttribute("aria-invalid");
    this.#problem.replaceChildren();
    this.#draw();
  }

  // show tells a problem, at its place if it has one.
  show(problem) {
    this.#problem.replaceChildren();
    const says = h("p", { class: "problem-says" }, problem.detail || problem.title);
    if (!problem.line) {
      this.#problem.append(h("p", { class: "problem-where" }, problem.title), says);
      return;
    }
    const range = place(this.value, problem.line, problem.column, problem.found);
    this.#mark = range;
    this.#area.setAttribute("aria-invalid", "true");
    this.#draw();
    this.#problem.append(
      h("p", { class: "problem-where", "data-line": problem.line, "data-at": problem.column }, `Line ${problem.line}, column ${problem.column}`),
      says,
    );
    if (problem.excerpt) this.#problem.append(h("pre", { class: "problem-excerpt" }, problem.excerpt));
    const better = replacement(problem.hint);
    if (better) {
      this.#problem.append(
        h("p", { class: "problem-hint" }, "Did you mean ", h("button", { type: "button", class: "fix", onclick: () => this.#fix(range, better) }, better), "?"),
      );
    } else if (problem.hint) {
      this.#problem.append(h("p", { class: "problem-hint" }, problem.hint));
    } else if (problem.expected && !problem.detail?.includes(problem.expected)) {
      this.#problem.append(h("p", { class: "problem-hint" }, `Expected ${problem.expected}.`));
    }
    this.#area.focus();
    this.#area.setSelectionRange(range.from, range.to);
    this.#follow();
  }

  #fix(range, better) {
    this.#area.setRangeText(better, range.from, range.to, "end");
    this.clear();
    this.#area.focus();
  }

  #follow() {
    this.#below.scrollTop = this.#area.scrollTop;
    this.#below.scrollLeft = this.#area.scrollLeft;
  }

  #draw() {
    this.#below.replaceChildren(...coloured(this.value, this.#mark), "\n");
    this.#follow();
  }
}

// coloured returns the nodes of a text, with a part of it marked.
export function coloured(sql, mark = null) {
  const nodes = [];
  let at = 0;
  const cuts = mark ? [mark.from, mark.to] : [];
  for (const t of tokens(sql)) {
    let rest = t.text;
    while (rest) {
      const cut = cuts.find((c) => c > at && c < at + rest.length);
      const part = cut === undefined ? rest : rest.slice(0, cut - at);
      const inside = mark && at >= mark.from && at < mark.to;
      if (inside) nodes.push(h("mark", { class: t.kind }, part));
      else nodes.push(t.kind ? h("span", { class: t.kind }, part) : part);
      at += part.length;
      rest = rest.slice(part.length);
    }
  }
  if (mark && mark.from >= sql.length) {
    nodes.push(h("mark", { class: "end" }, " "));
  }
  return nodes;
}

export function sqlBlock(sql) {
  return h("pre", { class: "sql", tabindex: "0", role: "region", "aria-label": "SQL" }, h("code", {}, ...coloured(sql)));
}
