// Who calls this service, and whom it calls.

import { el, svg } from "./dom.js";
import { Table, fold } from "./table.js";
import { count, micros, percent, rate, text } from "./format.js";

// As many as are drawn on each side. The table has more.
const DRAWN = 10;
const TALL = 44;
const GAP = 12;

export class Dependencies {
  title = "Dependencies";
  wants = ["dependencies"];

  constructor({ service }) {
    this.service = service;
    this.picture = svg("svg", { role: "img", class: "map" });
    this.frame = el("div", { class: "frame" }, this.picture);
    const calls = [
      { label: "Name", text: ({ name }) => name },
      { label: "Direction", text: ({ direction }) => direction },
      { label: "Calls a second", numeric: true, text: (row) => rate(row.per_second), value: (row) => row.per_second },
      { label: "Calls", numeric: true, text: (row) => count(row.count), value: (row) => row.count },
      { label: "Failed", numeric: true, text: (row) => percent(row.failed, row.count), value: (row) => row.failed / row.count },
      { label: "50 %", numeric: true, text: (row) => micros(row.p50_us), value: (row) => row.p50_us },
      { label: "99 %", numeric: true, text: (row) => micros(row.p99_us), value: (row) => row.p99_us },
    ];
    this.table = new Table({
      caption: "Calls to and from this service",
      key: ({ direction, name }) => `${direction} ${name}`,
      columns: calls,
      empty: "Nobody calls, and nobody is called.",
    });
    this.element = el("figure", {}, this.frame, fold("As a table", this.table.element));
    new ResizeObserver(() => this.draw()).observe(this.frame);
  }

  update({ dependencies }) {
    const side = (name, direction) => {
      const { names, others } = dependencies?.[name] ?? {};
      const all = (Array.isArray(names) ? names : []).map((call) => ({ ...call, name: text(call.name), direction }));
      return others ? [...all, { ...others, name: "(others)", direction }] : all;
    };
    this.sides = [side("incoming", "calls us"), side("outgoing", "we call")];
    this.table.update(this.sides.flat());
    this.draw();
  }

  draw() {
    const width = this.frame.clientWidth;
    if (!this.sides || width < 200) {
      return;
    }
    const [callers, called] = this.sides.map((side) => shortened(side));
    const rows = Math.max(callers.length, called.length, 1);
    const height = rows * (TALL + GAP) + GAP;
    const isNarrow = width < 640;
    const box = isNarrow ? (width - 72) / 3 : Math.min(220, (width - 240) / 3);
    const characters = Math.floor((box - 14) / 7);
    const parts = [];
    const middle = { x: (width - box) / 2, y: (height - TALL) / 2 };
    const place = (side, at, count) => ({
      x: side === 0 ? 1 : width - box - 1,
      y: (height - count * (TALL + GAP) + GAP) / 2 + at * (TALL + GAP),
    });
    for (const [side, calls] of [callers, called].entries()) {
      calls.forEach((call, at) => {
        const { x, y } = place(side, at, calls.length);
        const [from, to] = side === 0 ? [x + box, middle.x] : [x, middle.x + box];
        parts.push(edge(call, from, y + TALL / 2, to, middle.y + TALL / 2));
        const second = isNarrow ? `${rate(call.per_second)}/s` : `${rate(call.per_second)}/s · 99 %: ${micros(call.p99_us)}`;
        parts.push(node(x, y, box, cut(call.name, characters), second, isFailing(call) ? "fail" : "fine", call.name));
      });
    }
    const service = this.service();
    parts.push(node(middle.x, middle.y, box, cut(service, characters), "this service", "self", service));
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.picture.setAttribute("width", width);
    this.picture.setAttribute("height", height);
    const words = (side, none) => (side.length === 0 ? none : side.slice(0, DRAWN).map(({ name }) => name).join(", "));
    const [incoming, outgoing] = this.sides;
    this.picture.setAttribute("aria-label",
      `${service} is called by ${words(incoming, "nobody")}, and calls ${words(outgoing, "nobody")}`);
    this.picture.replaceChildren(...parts);
  }
}

const isFailing = ({ failed, count: all }) => failed > 0 && failed / all >= 0.01;

const cut = (name, characters) => (name.length > characters ? `${name.slice(0, Math.max(1, characters - 1))}…` : name);

// What is not drawn is drawn as one.
function shortened(side) {
  if (side.length <= DRAWN) {
    return side;
  }
  const rest = side.slice(DRAWN - 1);
  const sum = (field) => rest.reduce((all, call) => all + (call[field] ?? 0), 0);
  return [
    ...side.slice(0, DRAWN - 1),
    { name: `${rest.length} more`, per_second: sum("per_second"), count: sum("count"), failed: sum("failed") },
  ];
}

function node(x, y, width, first, second, kind, full) {
  return svg("g", { class: "node", "data-kind": kind },
    svg("title", {}, full),
    svg("rect", { x, y, width, height: TALL, rx: 6 }),
    svg("text", { x: x + width / 2, y: y + 19, "text-anchor": "middle" }, first),
    svg("text", { class: "second", x: x + width / 2, y: y + 35, "text-anchor": "middle" }, second));
}

function edge(call, fromX, fromY, toX, toY) {
  const bend = (toX - fromX) / 2;
  const d = `M${fromX} ${fromY}C${fromX + bend} ${fromY} ${toX - bend} ${toY} ${toX} ${toY}`;
  const width = 1 + Math.min(5, Math.log10(1 + (call.per_second ?? 0)) * 2);
  return svg("path", { d, fill: "none", "stroke-width": width.toFixed(1), "data-kind": isFailing(call) ? "fail" : "edge" });
}
