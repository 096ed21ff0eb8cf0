// The routes that have had requests, with how they keep what was promised of them.

import { el, setText } from "./dom.js";
import { STATES, stateBadge } from "./objectives.js";
import { Table } from "./table.js";
import { Search } from "./search.js";
import { count, percent, rate, seconds, text } from "./format.js";

const named = ({ method, route }) => `${text(method)} ${text(route) || "(no route)"}`;

export class Routes {
  title = "Routes";
  wants = ["http", "slo"];

  constructor({ find }) {
    this.search = new Search({
      label: "Search all routes",
      find: (words) => find("http", words),
      found: () => this.show(),
    });
    this.table = new Table({
      caption: "Routes, in the last minute",
      key: named,
      columns: [
        { label: "Route", text: named, value: named },
        {
          label: "Requests a second",
          numeric: true,
          text: ({ minute }) => rate(minute.requests / minute.seconds),
          value: ({ minute }) => minute.requests,
        },
        {
          label: "Failed",
          numeric: true,
          value: ({ minute }) => minute.errors / Math.max(1, minute.requests),
          fill: (cell, { minute }) => {
            setText(cell, percent(minute.errors, minute.requests));
            cell.dataset.state = minute.errors > 0 ? "fail" : "";
          },
        },
        { label: "50 %", numeric: true, text: ({ minute }) => seconds(minute.p50), value: ({ minute }) => minute.p50 },
        { label: "99 %", numeric: true, text: ({ minute }) => seconds(minute.p99), value: ({ minute }) => minute.p99 },
        {
          label: "Since the start",
          numeric: true,
          text: ({ start }) => count(start.requests),
          value: ({ start }) => start.requests,
        },
        { label: "Objective", fill: (cell, row, { slo }) => objective(cell, slo.get(named(row))) },
      ],
      empty: "No route has had a request yet.",
    });
    this.more = el("p", { class: "quiet" });
    this.element = el("div", {}, this.search.element, this.table.element, this.more);
  }

  update({ http, slo }) {
    this.values = { http, slo };
    this.search.refresh();
    this.show();
  }

  show() {
    const { http, slo } = this.values ?? {};
    const found = this.search.value;
    const rows = (found ?? http)?.routes ?? [];
    const objectives = new Map();
    for (const objective of slo?.objectives ?? []) {
      const name = named(objective);
      objectives.set(name, [...(objectives.get(name) ?? []), objective]);
    }
    this.table.update(rows.filter((row) => row?.minute && row?.start), { slo: objectives });
    this.table.heads.at(-1).hidden = objectives.size === 0;
    this.table.element.classList.toggle("without-last", objectives.size === 0);
    const all = http?.routes_with_requests ?? rows.length;
    const some = found ? `${count(rows.length)} found of ${count(all)}` : `The ${count(rows.length)} busiest of ${count(all)}`;
    setText(this.more, rows.length < all || found ? `${some} routes that have had a request.` : "");
  }
}

function objective(cell, objectives = []) {
  const sorted = [...objectives].sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state));
  const [worst] = sorted;
  if (cell.textContent !== (worst ? text(worst.state) : "")) {
    cell.replaceChildren(...(worst ? [stateBadge(worst.state)] : []));
  }
  cell.title = sorted
    .map(({ name, state, budget_left }) => `${text(name)}: ${text(state)}, ${percent(budget_left, 1)} of its budget is left`)
    .join("\n");
}
