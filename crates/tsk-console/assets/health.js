// What the service needs, and whether it has it.

import { badge, el, setText } from "./dom.js";
import { Table } from "./table.js";
import { ago, text } from "./format.js";

export const WORDS = { pass: "healthy", warn: "with a warning", fail: "failing" };

export class Health {
  title = "Health";
  wants = ["health"];

  constructor() {
    this.output = el("p", { class: "quiet" });
    this.probes = el("ul", { class: "badges" });
    this.table = new Table({
      caption: "Checks",
      key: ({ name }) => name,
      columns: [
        { label: "Check", text: ({ name }) => name },
        {
          label: "State",
          fill: (cell, { status }) => {
            if (cell.textContent !== text(status)) {
              cell.replaceChildren(badge(text(status)));
            }
          },
        },
        { label: "Probe", text: ({ probe }) => text(probe) },
        {
          label: "Measured",
          numeric: true,
          text: ({ observedValue, observedUnit }) =>
            observedValue === undefined ? "–" : `${text(observedValue)} ${text(observedUnit)}`,
        },
        { label: "Since", text: ({ since }, { at }) => ago(Date.parse(since), at) },
        { label: "What it says", words: true, text: ({ output }) => text(output) },
      ],
      empty: "There are no checks.",
    });
    this.element = el("div", {}, this.probes, this.output, this.table.element);
  }

  update({ health }, { at }) {
    setText(this.output, text(health?.output));
    const probes = Object.entries(health?.probes ?? {}).filter(([name]) => name !== "draining");
    const words = probes.map(([name, holds]) => `${holds ? "" : "not "}${name}`);
    if (words.join() !== this.words) {
      this.words = words.join();
      const shown = probes.map(([, holds], nth) => el("li", {}, badge(holds ? "pass" : "fail", words[nth])));
      this.probes.replaceChildren(...shown);
    }
    const checks = Object.entries(health?.checks ?? {}).flatMap(([name, entries]) =>
      (Array.isArray(entries) ? entries : []).map((entry) => ({ name, ...entry })));
    this.table.update(checks, { at });
  }
}
