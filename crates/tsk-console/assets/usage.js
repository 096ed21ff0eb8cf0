// Who uses the service, which version of its API, and which routes.

import { el, setText } from "./dom.js";
import { Table } from "./table.js";
import { Search } from "./search.js";
import { count, percent, rate, seconds, span, text } from "./format.js";

const top = ({ top: consumers }) =>
  (Array.isArray(consumers) ? consumers : []).slice(0, 5).map(({ id }) => text(id)).join(", ") || "–";

const named = ({ method, route, version }) =>
  [text(method), text(route) || "(no route)", text(version)].filter((part) => part !== "").join(" ");

// `of` gives the figures of a row.
const figures = (of) => [
  { label: "A second", numeric: true, text: (row) => rate(of(row).per_second), value: (row) => of(row).per_second },
  { label: "Requests", numeric: true, text: (row) => count(row.requests), value: (row) => row.requests },
  {
    label: "Failed",
    numeric: true,
    text: (row) => percent(of(row).errors, of(row).requests),
    value: (row) => of(row).errors / Math.max(1, of(row).requests),
  },
  { label: "50 %", numeric: true, text: (row) => seconds(of(row).p50), value: (row) => of(row).p50 },
  { label: "99 %", numeric: true, text: (row) => seconds(of(row).p99), value: (row) => of(row).p99 },
];

const consumed = [
  ...figures((row) => row),
  { label: "Consumers", numeric: true, text: (row) => count(row.consumers), value: (row) => row.consumers },
  { label: "Mostly", words: true, text: top },
];

export class Usage {
  title = "Usage";
  wants = ["usage"];

  constructor({ find }) {
    this.search = new Search({
      label: "Search consumers, versions and routes",
      find: (words) => find("usage", words),
      found: () => this.show(),
    });
    this.consumers = new Table({
      caption: "Who asks most",
      key: ({ id }) => text(id),
      columns: [
        { label: "Consumer", text: ({ id }) => text(id), value: ({ id }) => text(id) },
        ...figures((row) => row.figures ?? {}),
        {
          label: "Last",
          text: ({ seconds_ago: ago }) => `${span(ago)} ago`,
          value: ({ seconds_ago: ago }) => ago,
        },
      ],
      empty: "Nobody is known to have used it.",
    });
    this.versions = new Table({
      caption: "Versions of the API, and who uses them",
      key: ({ version }) => text(version),
      columns: [{ label: "Version", text: ({ version }) => text(version), value: ({ version }) => text(version) }, ...consumed],
      empty: "It has no versions.",
    });
    this.routes = new Table({
      caption: "Routes, and who uses them",
      key: named,
      sort: { at: 2, down: true },
      columns: [{ label: "Route", text: named, value: named }, ...consumed],
      empty: "No route was used.",
    });
    this.unique = el("p", { class: "quiet" });
    this.byVersion = el("div", {}, el("h3", {}, "Versions"), this.versions.element);
    this.more = el("p", { class: "quiet" });
    this.byRoute = el("div", {}, el("h3", {}, "Routes"), this.routes.element, this.more);
    this.element = el("div", {}, this.search.element, this.consumers.element, this.unique, this.byVersion, this.byRoute);
  }

  update({ usage }) {
    this.usage = usage;
    this.search.refresh();
    this.show();
  }

  show() {
    const shown = this.search.value ?? this.usage;
    const list = (name) => (Array.isArray(shown?.[name]) ? shown[name] : []);
    this.consumers.update(list("consumers"));
    for (const [part, table, name] of [[this.byVersion, this.versions, "versions"], [this.byRoute, this.routes, "routes"]]) {
      part.hidden = list(name).length === 0;
      table.update(list(name));
    }
    const [told, all] = [list("routes").length, this.usage?.routes_with_requests];
    setText(this.more, told < all && !this.search.value ? `The ${count(told)} busiest of ${count(all)} routes.` : "");
    const { unique, anonymous } = this.usage ?? {};
    const nobody = anonymous > 0 ? `, and ${count(anonymous)} requests of nobody in particular` : "";
    setText(this.unique, unique === undefined ? "" : `About ${count(unique)} different consumers${nobody}.`);
  }
}
