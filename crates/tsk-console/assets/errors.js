// Errors, of which those that are alike are one.

import { el, setText } from "./dom.js";
import { Table } from "./table.js";
import { Search, UNFOUND } from "./search.js";
import { ago, count, text } from "./format.js";

export class Errors {
  title = "Errors";
  wants = ["errors"];

  constructor({ find, showTrace }) {
    this.search = new Search({
      label: "Search errors",
      find: (words) => find("errors", words),
      found: () => this.show(),
    });
    this.table = new Table({
      caption: "Errors by kind",
      key: ({ type, message, route }) => `${text(type)}\n${text(message)}\n${text(route)}`,
      columns: [
        { label: "Error", text: ({ type, message }) => (message ? `${text(type)}: ${text(message)}` : text(type)) },
        { label: "Route", text: ({ route }) => text(route), value: ({ route }) => text(route) },
        { label: "Times", numeric: true, text: (row) => count(row.count), value: (row) => row.count },
        {
          label: "Last",
          text: ({ last_unix_ms: last }, { at }) => ago(last, at),
          value: ({ last_unix_ms: last }) => -last,
        },
        { label: "First", text: ({ first_unix_ms: first }, { at }) => ago(first, at) },
        {
          label: "A trace",
          fill: (cell, { trace }) => {
            if (cell.dataset.trace !== trace) {
              cell.dataset.trace = trace;
              const button = el("button", { type: "button" }, "Show", el("span", { class: "unseen" }, ` trace ${trace}`));
              button.addEventListener("click", () => showTrace(trace));
              cell.replaceChildren(button);
            }
          },
        },
      ],
    });
    this.more = el("p", { class: "quiet" });
    this.element = el("div", {}, this.search.element, this.table.element, this.more);
  }

  update({ errors }, { at }) {
    this.values = { errors, at };
    this.show();
    this.search.refresh();
  }

  show() {
    const { errors, at } = this.values ?? {};
    const groups = (this.search.value ?? errors)?.groups ?? [];
    setText(this.table.empty, this.search.value ? UNFOUND : "No request is known that failed.");
    this.table.update(groups, { at });
    const gone = errors?.forgotten > 0 ? `${count(errors.forgotten)} rare kinds made room for others.` : "";
    setText(this.more, gone);
  }
}
