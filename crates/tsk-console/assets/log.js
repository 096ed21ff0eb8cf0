// The last lines of the log.

import { el, keyed, setText } from "./dom.js";
import { text } from "./format.js";

const LEVELS = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
const OWN = new Set(["timestamp", "level", "message", "target"]);

export class Log {
  title = "Log";
  wants = ["log"];

  constructor() {
    this.level = el("select", { id: "log-level" }, ...LEVELS.map((level) => el("option", { value: level }, level)));
    this.level.value = "TRACE";
    this.words = el("input", { type: "search", id: "log-words", autocomplete: "off", spellcheck: "false" });
    this.lines = el("ol", { class: "lines" });
    // Lines come all the time: a screen reader is not told of each.
    this.scroller = el("div", { class: "log", role: "log", "aria-live": "off", "aria-label": "Log", tabindex: 0 }, this.lines);
    this.none = el("p", { class: "quiet" }, "No line yet.");
    this.element = el("div", {},
      el("p", { class: "search" },
        el("label", { for: "log-level" }, "At least"), this.level,
        el("label", { for: "log-words" }, "With the words"), this.words),
      this.scroller, this.none);
    this.level.addEventListener("change", () => this.show());
    this.words.addEventListener("input", () => this.show());
  }

  update({ log }) {
    this.all = (Array.isArray(log?.lines) ? log.lines : []).map(({ number, line }) => ({ number, ...parsed(text(line)) })).reverse();
    this.show();
  }

  show() {
    const least = LEVELS.indexOf(this.level.value);
    const words = this.words.value.trim().toLowerCase();
    const fits = ({ level, line }) =>
      (!LEVELS.includes(level) || LEVELS.indexOf(level) <= least) && line.toLowerCase().includes(words);
    const shown = (this.all ?? []).filter(fits);
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - 8;
    this.none.hidden = shown.length > 0;
    this.scroller.hidden = shown.length === 0;
    const make = () => el("li", {}, ...["when", "level", "said", "fields"].map((name) => el("span", { class: name })));
    keyed(this.lines, shown, ({ number }) => number, make, (line, { when, level, said, fields }) => {
      [when, level, said, fields].forEach((part, at) => setText(line.children[at], part));
      line.dataset.level = level;
    });
    if (isAtEnd) {
      this.scroller.scrollTop = this.scroller.scrollHeight;
    }
  }
}

// A line of JSON by its members; any other as it is.
function parsed(line) {
  let members = null;
  try {
    members = JSON.parse(line);
  } catch {
    // It is a line for people.
  }
  if (members === null || typeof members !== "object") {
    return { line, when: "", level: "", said: line, fields: "" };
  }
  const fields = Object.entries(members)
    .filter(([name]) => !OWN.has(name))
    .map(([name, value]) => `${name}=${text(value)}`)
    .join(" ");
  const when = text(members.timestamp).slice(11, 23);
  const said = [text(members.target), text(members.message)].filter((part) => part !== "").join(": ");
  return { line, when, level: text(members.level), said, fields };
}
