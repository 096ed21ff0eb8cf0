// The last requests that failed or were slow, each as a waterfall.

import { badge, el, keyed, setText, svg } from "./dom.js";
import { Search, UNFOUND } from "./search.js";
import { ago, micros, text } from "./format.js";

// As many as are drawn; the search finds the others.
const SHOWN = 20;

// Of those that were before the last start, or that others have taken the place of, nothing is known.
const NONE = { failed: "No request is known that failed.", slow: "No request is known that was slow." };

export class Traces {
  title = "Traces";
  wants = ["traces"];

  constructor({ find }) {
    this.search = new Search({
      label: "Search traces by name, error or identifier",
      find: (words) => find("traces", words),
      found: () => this.show(),
    });
    this.lists = { failed: el("ul", { class: "traces" }), slow: el("ul", { class: "traces" }) };
    this.none = { failed: el("p", { class: "quiet" }), slow: el("p", { class: "quiet" }) };
    this.element = el("div", {}, this.search.element,
      el("div", { class: "columns" },
        el("div", {}, el("h3", {}, "Failed"), this.lists.failed, this.none.failed),
        el("div", {}, el("h3", {}, "Slow"), this.lists.slow, this.none.slow)));
  }

  find(trace) {
    this.search.set(trace);
    this.element.scrollIntoView({ block: "start" });
  }

  update({ traces }, { at }) {
    this.values = { traces, at };
    this.show();
    this.search.refresh();
  }

  show() {
    const { traces, at } = this.values ?? {};
    const shown = this.search.value ?? traces;
    for (const kind of ["failed", "slow"]) {
      const items = (Array.isArray(shown?.[kind]) ? shown[kind] : []).slice(0, SHOWN);
      this.none[kind].hidden = items.length > 0;
      setText(this.none[kind], this.search.value ? UNFOUND : NONE[kind]);
      const key = ({ trace, start_unix_ms, spans }) => `${trace}/${spans?.[0]?.span ?? start_unix_ms}`;
      keyed(this.lists[kind], items, key, () => this.make(), (line, trace) => this.fill(line, trace, at));
    }
  }

  make() {
    const parts = ["status", "name", "error", "took", "when"].map((name) => el("span", { class: name }));
    const summary = el("summary", {}, ...parts);
    const inner = el("div", { class: "trace" });
    const line = el("li", {}, el("details", {}, summary, inner));
    line.parts = Object.fromEntries(parts.map((part) => [part.className, part]));
    line.inner = inner;
    line.firstChild.addEventListener("toggle", () => this.draw(line));
    return line;
  }

  fill(line, trace, at) {
    const { status, name, error, took, when } = line.parts;
    setText(status, text(trace.status ?? "–"));
    status.dataset.state = trace.status >= 500 || trace.error ? "fail" : trace.status >= 400 ? "warn" : "pass";
    setText(name, text(trace.name) || "(no route)");
    setText(error, text(trace.error));
    setText(took, micros(trace.duration_us));
    setText(when, ago(trace.start_unix_ms, at));
    const isNew = line.trace?.spans?.length !== trace.spans?.length;
    line.trace = trace;
    if (isNew) {
      this.draw(line);
    }
  }

  // What is closed is not drawn.
  draw(line) {
    if (!line.firstChild.open) {
      line.inner.replaceChildren();
      return;
    }
    const { trace, spans = [], missing, duration_us: whole } = line.trace;
    const rows = spans.map((span) => row(span, Math.max(1, Number(whole) || 0)));
    const notes = [el("p", { class: "quiet" }, "Trace ", el("code", {}, text(trace)))];
    if (missing > 0) {
      notes.push(el("p", { class: "quiet" }, `${missing} more spans are not kept.`));
    }
    line.inner.replaceChildren(el("ol", { class: "waterfall" }, ...rows), ...notes);
  }
}

function row(span, whole) {
  const percent = (value) => `${Math.min(100, (100 * (Number(value) || 0)) / whole)}%`;
  const bar = svg("svg", { class: "bar", "aria-hidden": "true", width: "100%", height: 14 },
    svg("rect", { class: "track", x: 0, y: 6, width: "100%", height: 2 }),
    svg("rect", {
      x: percent(span.offset_us),
      y: 2,
      width: percent(Math.max(Number(span.duration_us) || 0, whole / 250)),
      height: 10,
      rx: 2,
      "data-kind": span.failed ? "fail" : span.target ? "call" : "span",
    }));
  const name = el("span", { class: "span-name" }, text(span.name));
  name.style.paddingInlineStart = `${Math.min(Number(span.depth) || 0, 12) * 0.8}rem`;
  if (span.target) {
    name.append(" ", el("span", { class: "quiet" }, `→ ${text(span.target)}`));
  }
  if (span.failed) {
    name.append(" ", badge("fail", "failed"));
  }
  const took = el("span", { class: "numeric" }, micros(span.duration_us));
  took.title = `begins after ${micros(span.offset_us)}`;
  return el("li", {}, name, bar, took);
}
