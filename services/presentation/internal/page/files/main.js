// The page: a list, and beside it what the hash names.
//
//   #/            the form for a new query (on narrow screens: the list)
//   #/q/ID        a query
//   #/new         the form
//   #/replace/ID  the form, with a query to be replaced

import { Detail } from "./detail.js";
import { attribute, text } from "./dom.js";
import { List } from "./list.js";
import { ask } from "./stream.js";
import { submitForm } from "./submit.js";

const panes = document.getElementById("panes");
const detail = document.getElementById("detail");
const link = document.getElementById("link");
const linkText = document.getElementById("link-text");

const says = { open: "live", lost: "reconnecting…", waiting: "waiting for Redis…" };
const list = new List((how) => {
  attribute(link, "data-link", how);
  text(linkText, says[how]);
});

let shown = null;
let visit = 0;

// decoded is a name of an address; one that is no such thing is taken as it is.
function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

async function show() {
  const [, kind = "", name = ""] = location.hash.split("/");
  const id = decoded(name);
  const mine = ++visit;
  const first = shown === null;
  let next;
  if (kind === "q" && id) next = new Detail(id, list);
  else if (kind === "replace" && id) {
    const answer = await ask("GET", `/v1/queries/${encodeURIComponent(id)}`);
    if (mine !== visit) return;
    next = answer.ok && answer.body.sql ? submitForm({ query: answer.body }) : new Detail(id, list);
  } else next = submitForm({ compact: kind !== "new" });
  shown?.end();
  shown = next;
  attribute(panes, "data-view", kind ? "detail" : "list");
  detail.replaceChildren(next.element);
  detail.scrollTop = 0;
  if (kind && matchMedia("(max-width: 700px)").matches) scrollTo(0, 0);
  list.open(kind === "q" ? id : "");
  document.title = kind === "q" ? `${id} · Millrace` : "Millrace";
  // Who has followed a link of the list goes on there.
  const lost = document.activeElement === document.body || !document.activeElement.checkVisibility();
  if (!first && (kind !== "q" || lost)) next.focus();
}

addEventListener("hashchange", show);
addEventListener("error", (e) => attribute(document.body, "data-error", e.message));
addEventListener("unhandledrejection", (e) => attribute(document.body, "data-error", String(e.reason)));
show();
