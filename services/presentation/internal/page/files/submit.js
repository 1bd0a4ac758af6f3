// The form that submits a query, or replaces one.

import { h, text } from "./dom.js";
import { Editor } from "./editor.js";
import { samples } from "./samples.js";
import { ask } from "./stream.js";

const wellFormed = /^[A-Za-z0-9._-]{1,128}$/;

// submitForm returns the form. A query that is given is to be replaced.
export function submitForm({ query = null, compact = false } = {}) {
  let busy = false;
  const id = h("input", {
    id: "query-id", name: "id", maxlength: "128", spellcheck: "false", autocapitalize: "off", autocomplete: "off", placeholder: "made for you",
    "aria-describedby": "id-problem", readonly: query !== null, value: query?.id ?? "",
  });
  const idProblem = h("p", { class: "field-problem", id: "id-problem", role: "alert" });
  const button = h("button", { type: "submit", class: "button primary wide" }, "Submit");
  const editor = new Editor({ value: query?.sql ?? "", submit: () => form.requestSubmit() });
  const form = h(
    "form",
    { class: "submit", novalidate: true, "data-submit": "", onsubmit: (e) => { e.preventDefault(); send(); } },
    h("div", { class: "field" }, h("label", { for: "query-id" }, "Id ", h("span", { class: "muted" }, query ? "" : "(optional)")), h("div", { class: "field-row" }, id, idProblem)),
    h("div", { class: "field" }, h("label", { for: "sql" }, "SQL"), editor.element),
    h("div", { class: "submit-row" }, button, h("span", { class: "muted keys" }, h("kbd", {}, "Ctrl"), " ", h("kbd", {}, "Enter"), " submits")),
  );
  id.addEventListener("input", () => {
    text(idProblem, "");
    id.removeAttribute("aria-invalid");
  });

  async function send() {
    if (busy) return;
    editor.clear();
    const name = id.value.trim();
    if (name && !wellFormed.test(name)) {
      text(idProblem, "An id has 1 to 128 of A–Z a–z 0–9 . _ -");
      id.setAttribute("aria-invalid", "true");
      id.focus();
      return;
    }
    if (!editor.value.trim()) {
      editor.show({ title: "There is no query yet", detail: "Write one above, or take one of the samples." });
      editor.focus();
      return;
    }
    busy = true;
    button.disabled = true;
    text(button, "Submitting…");
    const body = { sql: editor.value };
    if (query?.options?.history) body.options = { history: true };
    if (query?.owner) body.owner = query.owner;
    if (query?.labels) body.labels = query.labels;
    const answer = name
      ? await ask("PUT", `/v1/queries/${encodeURIComponent(name)}?wait=live&timeout=10s`, body)
      : await ask("POST", "/v1/queries?wait=live&timeout=10s", body);
    busy = false;
    button.disabled = false;
    text(button, "Submit");
    if (answer.ok) location.hash = `#/q/${encodeURIComponent(answer.body.id)}`;
    else editor.show(answer.body);
  }

  const title = query ? `Replace ${query.id}` : "Ask the stream";
  const lead = query
    ? "The new query takes the place of the old one and begins anew. If it is not valid, the old one goes on."
    : "A query stands: its result is there as soon as it is live, and changes as posts come.";
  const page = h(
    "div",
    { class: "page form-page" },
    h("a", { class: "back", href: "#/" }, "Queries"),
    h("h1", {}, title),
    h("p", { class: "lead" }, lead),
    form,
  );
  if (!query) {
    page.append(
      h("h2", {}, "To begin with"),
      h("ul", { class: "samples" }, samples.map((s) => h("li", {}, h("button", { type: "button", class: "sample", onclick: () => take(s) },
        h("strong", {}, s.name), h("code", {}, s.sql.replace(/\s+/g, " ")))))),
    );
  }

  function take(sample) {
    editor.value = sample.sql;
    editor.focus();
  }

  return { element: page, end() {}, focus: () => !compact && editor.focus() };
}
