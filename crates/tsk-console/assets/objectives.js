// What was promised of routes, and what is left of the budget for what may go wrong.

import { badge, el, setText } from "./dom.js";
import { Table } from "./table.js";
import { Search } from "./search.js";
import { count, isNumber, percent, rate, span, text } from "./format.js";

const COLOURS = { spent: "fail", burning: "warn", ok: "pass" };

// The worst first.
export const STATES = ["spent", "burning", "ok", "unknown"];

export const stateBadge = (state) => badge(COLOURS[state] ?? "", text(state));

const of = ({ method, route }) => (text(route) ? `${text(method)} ${text(route)}` : "all requests");

function alert({ alert: met }) {
  if (!met?.name) {
    return "";
  }
  return `${text(met.name)} ${met.fires === true ? "fires" : "is pending"}, for ${span(met.seconds)}`;
}

export class Objectives {
  title = "Objectives";
  wants = ["slo"];

  constructor({ find }) {
    this.search = new Search({
      label: "Search objectives",
      find: (words) => find("slo", words),
      found: () => this.show(),
    });
    this.table = new Table({
      caption: "What was promised, and what is left of its budget",
      key: ({ name, method, route }) => [name, method, route].map(text).join(" "),
      columns: [
        { label: "Objective", text: ({ name }) => text(name), value: ({ name }) => text(name) },
        { label: "Of", text: of, value: of },
        { label: "Promised", numeric: true, text: (row) => (isNumber(row.percent) ? `${row.percent} %` : "–"), value: (row) => row.percent },
        {
          label: "State",
          value: ({ state }) => STATES.indexOf(state),
          fill: (cell, { state }) => {
            if (cell.textContent !== text(state)) {
              cell.replaceChildren(stateBadge(state));
            }
          },
        },
        { label: "Budget left", numeric: true, text: (row) => percent(row.budget_left, 1), value: (row) => row.budget_left },
        {
          label: "Used, in the last hour",
          numeric: true,
          text: ({ burn }) => (isNumber(burn) ? `${rate(burn)} times as fast` : "–"),
          value: ({ burn }) => burn,
        },
        { label: "Alert", words: true, text: alert },
        { label: "Requests", numeric: true, text: (row) => count(row.requests), value: (row) => row.requests },
        { label: "Gone wrong", numeric: true, text: (row) => count(row.failed), value: (row) => row.failed },
      ],
      empty: "There is none of this name.",
    });
    this.summary = el("p", { class: "quiet" });
    this.element = el("div", {}, this.summary, this.search.element, this.table.element);
  }

  update({ slo }) {
    this.slo = slo;
    this.search.refresh();
    this.show();
  }

  show() {
    const shown = this.search.value ?? this.slo;
    this.table.update(Array.isArray(shown?.objectives) ? shown.objectives : []);
    const states = STATES.filter((state) => this.slo?.states?.[state] > 0);
    const words = states.map((state) => `${count(this.slo.states[state])} ${state}`).join(", ");
    setText(this.summary, words ? `Of all, ${words}. What was before the last start is not in it.` : "");
  }
}
