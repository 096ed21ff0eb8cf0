// What is limited, who was refused, and why.

import { el, setText, tile } from "./dom.js";
import { Table } from "./table.js";
import { count, span, text } from "./format.js";

export class Limits {
  title = "Limits";
  wants = ["limits", "overload", "limit-store"];

  constructor() {
    this.policies = new Table({
      caption: "Limits, since the start",
      key: ({ name }) => name,
      columns: [
        { label: "Limit", text: ({ name, dry_run: dry }) => (dry ? `${name} (dry run)` : name) },
        { label: "By", text: ({ key }) => text(key) },
        { label: "Decided", words: true, text: ({ decisions }) => decided(decisions) },
        { label: "Tightened", text: ({ adaptive }) => decided(adaptive?.tightened) },
      ],
      empty: "Nothing is limited.",
    });
    this.refused = new Table({
      caption: "Refused most, in the last minutes",
      key: ({ policy, account }) => `${policy} ${account}`,
      columns: [
        { label: "Who", text: ({ key, account }) => text(key) || `account ${text(account)}` },
        { label: "Limit", text: ({ policy }) => text(policy) },
        { label: "Times", numeric: true, text: (row) => count(row.count), value: (row) => row.count },
        { label: "Last", text: ({ last_seconds: last }) => `${span(last)} ago`, value: ({ last_seconds: last }) => last },
      ],
      empty: "Nobody was refused.",
    });
    this.tight = new Table({
      caption: "Allowed less than usual",
      key: ({ policy, account }) => `${policy} ${account}`,
      columns: [
        { label: "Who", text: ({ key, account }) => text(key) || `account ${text(account)}` },
        { label: "Limit", text: ({ policy }) => text(policy) },
        { label: "Step", numeric: true, text: ({ step }) => text(step) },
        { label: "For", text: ({ seconds: time }) => span(time) },
        { label: "Why", words: true, text: ({ reason }) => text(reason) },
      ],
      empty: "Nobody.",
    });
    this.moves = new Table({
      caption: "How the limit of what is worked on has moved, and why",
      key: ({ seconds_ago: when, from, to, nth }) => `${nth} ${when} ${from} ${to}`,
      columns: [
        { label: "When", text: ({ seconds_ago: when }) => `${span(when)} ago` },
        { label: "From", numeric: true, text: ({ from }) => count(from) },
        { label: "To", numeric: true, text: ({ to }) => count(to) },
        { label: "Why", words: true, text: ({ because }) => text(because) },
      ],
      empty: "It has not moved.",
    });
    this.priorities = new Table({
      caption: "Who waited and who was refused, by what matters",
      key: ({ priority }) => text(priority),
      columns: [
        { label: "Priority", text: ({ priority }) => text(priority) },
        { label: "Waited", numeric: true, text: ({ waited }) => count(waited) },
        { label: "Refused: no room to wait", numeric: true, text: (row) => count(row.refused_full) },
        { label: "Refused: waited too long", numeric: true, text: (row) => count(row.refused_late) },
      ],
    });
    this.at = { limit: tile("Worked on at most"), working: tile("Working"), answering: tile("Answering"), waiting: tile("Waiting") };
    this.store = el("p", { class: "notice", hidden: true });
    this.limited = el("div", {}, this.policies.element, el("h3", {}, "Refused most"), this.refused.element,
      el("h3", {}, "Allowed less than usual"), this.tight.element);
    this.overload = el("div", {}, el("h3", {}, "Overload"),
      el("dl", { class: "tiles" }, ...Object.values(this.at).map(({ element }) => element)),
      this.priorities.element, this.moves.element);
    this.element = el("div", {}, this.store, this.limited, this.overload);
  }

  update({ limits, overload, "limit-store": store }) {
    this.limited.hidden = !limits;
    this.overload.hidden = !overload;
    this.policies.update(Object.entries(limits?.policies ?? {}).map(([name, policy]) => ({ name, ...policy })));
    this.refused.update(limits?.refused_most ?? []);
    this.tight.update(limits?.tight ?? []);
    for (const [name, shown] of Object.entries(this.at)) {
      shown.set(count(overload?.[name]));
    }
    this.priorities.update(overload?.priorities ?? []);
    this.moves.update((overload?.moves ?? []).map((move, nth) => ({ nth, ...move })));
    const isAway = store && store.connected === false;
    this.store.hidden = !isAway;
    setText(this.store, isAway ? `Limits are not shared at present: ${text(store.reason)}` : "");
  }
}

const decided = (decisions) =>
  Object.entries(decisions ?? {})
    .filter(([, times]) => times > 0)
    .map(([name, times]) => `${name} ${count(times)}`)
    .join(", ") || "–";
