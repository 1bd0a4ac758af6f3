// Stream is an EventSource that comes back whatever happens, and is closed while
// nobody can see the page. Browsers allow six connections per host in all tabs.

import { parse } from "./json.js";

export class Stream {
  #url;
  #on;
  #told;
  #source = null;
  #timer = 0;
  #pause = 0;
  #last = "";
  #ended = false;
  #visible = () => (document.hidden ? this.#close() : this.#open());
  #leave = () => this.#close();

  // url is of the stream; on has a function per event, of its data; told hears
  // "open" and "lost".
  constructor(url, on, told) {
    this.#url = url;
    this.#on = on;
    this.#told = told;
    document.addEventListener("visibilitychange", this.#visible);
    window.addEventListener("pagehide", this.#leave);
    window.addEventListener("pageshow", this.#visible);
    this.#visible();
  }

  end() {
    this.#ended = true;
    this.#close();
    document.removeEventListener("visibilitychange", this.#visible);
    window.removeEventListener("pagehide", this.#leave);
    window.removeEventListener("pageshow", this.#visible);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#source?.close();
    this.#source = null;
  }

  #open() {
    if (this.#source || this.#ended || document.hidden) return;
    const url = new URL(this.#url, location.href);
    if (this.#last) url.searchParams.set("last-event-id", this.#last);
    const source = new EventSource(url);
    this.#source = source;
    source.onopen = () => {
      this.#pause = 0;
      this.#told("open");
    };
    source.onerror = () => {
      this.#told("lost");
      // The browser itself tries again when a connection breaks, but not after an
      // answer such as 503.
      if (source.readyState === EventSource.CLOSED && source === this.#source) {
        this.#close();
        this.#pause = Math.min(Math.max(500, this.#pause * 2), 5000);
        this.#timer = setTimeout(() => this.#open(), this.#pause);
      }
    };
    for (const [name, take] of Object.entries(this.#on)) {
      source.addEventListener(name, (event) => {
        if (source !== this.#source) return;
        if (event.lastEventId) this.#last = event.lastEventId;
        take(parse(event.data));
      });
    }
  }
}

// ask is fetch with JSON both ways. It returns {ok, status, body}; status 0 is no
// answer at all.
export async function ask(method, path, body, signal) {
  const options = { method, signal, headers: { Accept: "application/json" }, cache: "no-store" };
  if (method !== "GET") options.headers["Content-Type"] = "application/json";
  if (body !== undefined) options.body = JSON.stringify(body);
  try {
    const response = await fetch(path, options);
    const text = await response.text();
    let answer = null;
    try {
      answer = parse(text);
    } catch {
      answer = { title: "The answer is not understood", detail: text.slice(0, 200) };
    }
    return { ok: response.ok, status: response.status, body: answer };
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return { ok: false, status: 0, body: { title: "The service does not answer", detail: "Is it running? Try again." } };
  }
}
