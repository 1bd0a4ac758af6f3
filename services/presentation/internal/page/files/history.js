// History is what was kept of a result for its chart: samples, read on once a
// second while somebody looks.

import { ask } from "./stream.js";

const kept = 1000;

export class History {
  #id;
  #changed;
  #samples = [];
  #epoch = -1;
  #timer = 0;
  #ended = new AbortController();
  #offset = null;
  #first = true;

  constructor(id, changed) {
    this.#id = id;
    this.#changed = changed;
    this.#read();
  }

  end() {
    this.#ended.abort();
    clearTimeout(this.#timer);
  }

  get samples() {
    return this.#samples;
  }

  // now is the time by the clock that stamps the samples, as far as is known.
  get now() {
    return Date.now() + (this.#offset ?? 0);
  }

  async #read() {
    if (!document.hidden) {
      const last = this.#samples.at(-1)?.id;
      const path = `/v1/queries/${encodeURIComponent(this.#id)}/history?limit=${kept}${last ? `&after=${last}` : ""}`;
      try {
        const { ok, body } = await ask("GET", path, undefined, this.#ended.signal);
        if (ok) this.#take(body);
      } catch {
        return; // ended
      }
    }
    if (this.#ended.signal.aborted) return;
    this.#changed();
    this.#timer = setTimeout(() => this.#read(), 1000);
  }

  #take({ epoch, samples }) {
    if (epoch !== this.#epoch) {
      // What was asked for came after a sample of the query that was replaced.
      const other = this.#epoch >= 0;
      this.#epoch = epoch;
      this.#samples = [];
      this.#first = true;
      if (other) return;
    }
    if (samples.length === 0) return;
    this.#samples.push(...samples);
    if (this.#samples.length > kept) this.#samples.splice(0, this.#samples.length - kept);
    if (!this.#first) {
      const ahead = samples.at(-1).time - Date.now();
      this.#offset = this.#offset === null ? ahead : Math.max(this.#offset, ahead);
    }
    this.#first = false;
  }
}
