// What else is shown: components without a section of their own, and what the application shows of itself.

import { el, keyed, setText } from "./dom.js";

export class Others {
  title = "Also";
  wants = [];

  constructor() {
    this.list = el("div", { class: "others" });
    this.element = el("div", {}, this.list);
  }

  // It is given all that no other section wants.
  update(values) {
    const make = ([name]) => el("details", { class: "fold" }, el("summary", {}, name), el("pre", { tabindex: 0 }));
    keyed(this.list, Object.entries(values), ([name]) => name, make, (fold, [, value]) => {
      setText(fold.lastChild, JSON.stringify(value, null, 2) ?? "");
    });
  }
}
