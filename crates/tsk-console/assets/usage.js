// Who uses the service, and which version of its API.

import { el, setText } from "./dom.js";
import { Table } from "./table.js";
import { Search } from "./search.js";
import { ago, count, percent, rate, seconds, text } from "./format.js";

export class Usage {
  title = "Usage";
  wants = ["usage"];

  constructor({ find }) {
    this.search = new Search({
      label: "Search consumers",
      find: (words) => find("usage", words),
      found: () => this.show(),
    });
    this.consumers = new Table({
      caption: "Consumers",
      key: ({ consumer, route, version }) => `${text(consumer)} ${text(route)} ${text(version)}`,
      columns: [
        { label: "Consumer", text: ({ consumer }) => text(consumer), value: ({ consumer }) => text(consumer) },
        { label: "A second", numeric: true, text: (row) => rate(row.per_second), value: (row) => row.per_second },
        { label: "Requests", numeric: true, text: (row) => count(row.requests), value: (row) => row.requests },
        {
          label: "Failed",
          numeric: true,
          text: (row) => percent(row.errors, row.requests),
          value: (row) => row.errors / Math.max(1, row.requests),
        },
        { label: "50 %", numeric: true, text: ({ p50 }) => seconds(p50), value: ({ p50 }) => p50 },
        { label: "99 %", numeric: true, text: ({ p99 }) => seconds(p99), value: ({ p99 }) => p99 },
        { label: "Last", text: ({ last_unix_ms: last }, { at }) => ago(last, at) },
      ],
      empty: "Nobody has used it yet.",
    });
    this.versions = new Table({
      caption: "Versions of the API",
      key: ({ version }) => text(version),
      columns: [
        { label: "Version", text: ({ version }) => text(version) },
        { label: "Requests", numeric: true, text: (row) => count(row.requests), value: (row) => row.requests },
        { label: "Consumers", numeric: true, text: (row) => count(row.consumers), value: (row) => row.consumers },
        { label: "Who still calls it", words: true, text: ({ top }) => (Array.isArray(top) ? top.map(text).join(", ") : "") },
      ],
    });
    this.unique = el("p", { class: "quiet" });
    this.byVersion = el("div", {}, el("h3", {}, "Versions"), this.versions.element);
    this.element = el("div", {}, this.search.element, this.consumers.element, this.unique, this.byVersion);
  }

  update({ usage }, { at }) {
    this.values = { usage, at };
    this.search.refresh();
    this.show();
  }

  show() {
    const { usage, at } = this.values ?? {};
    this.consumers.update((this.search.value ?? usage)?.consumers ?? [], { at });
    const versions = usage?.versions ?? [];
    this.byVersion.hidden = versions.length === 0;
    this.versions.update(versions);
    setText(this.unique, usage?.unique === undefined ? "" : `About ${count(usage.unique)} different consumers.`);
  }
}
