// What came back: one answer, or one after the other.

import { el, at, link } from "./dom.js";
import { place } from "./document.js";

// The answers of a subscription that are shown, and the characters of one.
const MOST = 100;
const LONGEST = 500000;
const MISTAKES = 20;

export class Answers {
  #request;
  #count = 0;
  #began = performance.now();
  #facts = "";

  // To a request: where its mistakes are is shown in the editor, as long as that has the same in it.
  constructor(request) {
    this.#request = request;
    at("answers").replaceChildren();
    at("mistakes").replaceChildren();
    this.#say("Asking …");
  }

  get count() {
    return this.#count;
  }

  add({ status, bytes, text, value }) {
    this.#count += 1;
    const took = Math.round(performance.now() - this.#began);
    const cost = value?.extensions?.cost;
    this.#facts = [
      status === 101 ? "over a socket" : `status ${status}`, `${took} ms`, `${bytes} characters`,
      ...(cost ? [`cost ${cost.actual ?? "?"} of an estimate of ${cost.estimated ?? "?"}`] : []),
    ].join(", ");
    const whole = value === undefined ? text : JSON.stringify(value, null, 2);
    const isCut = whole.length > LONGEST;
    const name = `Answer ${this.#count}`;
    // A part that scrolls can be reached by the keyboard, and has a name.
    const shown = el("pre", { tabindex: "0", role: "region", "aria-label": name }, whole.slice(0, LONGEST));
    at("answers").prepend(el("li", { value: this.#count },
      isCut ? el("p", { class: "notice" }, `The first ${LONGEST} of ${whole.length} characters are shown.`) : "", shown));
    if (this.#count > MOST) {
      at("answers").lastChild.remove();
    }
    this.#mistakes(value);
    this.#say(this.#count === 1 ? "One answer" : `${this.#count} answers`);
  }

  // It is over: as it should be, or for a reason.
  end(reason) {
    if (reason) {
      at("mistakes").replaceChildren(el("li", {}, reason));
    }
    const words = this.#count === 0 ? "No answer" : this.#count === 1 ? "One answer" : `${this.#count} answers`;
    this.#say(`${words}${this.#count > 0 || reason ? "" : ", and the end"}`);
  }

  #say(words) {
    at("status").textContent = this.#facts === "" ? words : `${words}: ${this.#facts}`;
  }

  #mistakes(value) {
    const errors = Array.isArray(value?.errors) ? value.errors : [];
    at("mistakes").replaceChildren(...errors.slice(0, MISTAKES).map((error) => {
      const code = typeof error?.extensions?.code === "string" ? `${error.extensions.code}: ` : "";
      const where = (error?.locations ?? []).slice(0, 3).map((location) =>
        link(`line ${location.line}, column ${location.column}`, () => this.#show(location)));
      return el("li", {}, `${code}${error?.message ?? "An error without a message"} `, ...where);
    }));
    if (value !== undefined && errors.length === 0 && typeof value?.detail === "string") {
      at("mistakes").replaceChildren(el("li", {}, value.detail));
    }
  }

  #show(location) {
    if (at("query").value === this.#request.query) {
      at("query").focus();
      at("query").setSelectionRange(...place(this.#request.query, location));
    }
  }
}
