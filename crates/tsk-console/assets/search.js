// Looks for something among more than is shown.

import { el, setText } from "./dom.js";

// Where it is in none.
export const UNFOUND = "None that is kept has this in it.";

let fields = 0;

export class Search {
  constructor({ label, find, found }) {
    Object.assign(this, { find, found, value: null, asked: 0 });
    const id = `search-${(fields += 1)}`;
    this.field = el("input", { type: "search", id, autocomplete: "off", spellcheck: "false" });
    this.said = el("span", { class: "quiet", role: "status" });
    this.element = el("p", { class: "search" }, el("label", { for: id }, label), this.field, this.said);
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(), 200);
    });
  }

  set(words) {
    this.field.value = words;
    this.field.focus();
    this.look();
  }

  // What was found goes on changing; it is looked for again, but not each time something does.
  refresh() {
    if (this.field.value.trim() !== "" && Date.now() - this.asked > 5000) {
      this.look(true);
    }
  }

  async look(isQuiet = false) {
    const words = this.field.value.trim();
    this.asked = Date.now();
    if (words === "") {
      this.value = null;
      setText(this.said, "");
      this.found();
      return;
    }
    const answer = await this.find(words).catch((error) => ({ error }));
    if (words !== this.field.value.trim()) {
      return;
    }
    this.value = answer.value ?? null;
    if (!isQuiet || answer.error) {
      setText(this.said, answer.error ? answer.error.message : "");
    }
    this.found();
  }
}
