// Charts of the last minutes, drawn as wide as there is room, each with the same as a table.

import { el, svg, setText } from "./dom.js";
import { Table, fold } from "./table.js";

const HEIGHT = 168;
const LEFT = 54;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 22;

// The largest value of an axis: 1, 2 or 5 times a power of ten.
export function nice(most) {
  if (!(most > 0)) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 5, 10].find((factor) => most <= factor * power * 1.0001);
  return step * power;
}

export class Chart {
  // `series`: each with a `name`, a `kind` for its colour, and `value(point)`. Bars are stacked, lines are not.
  constructor({ title, series, format, bars }) {
    Object.assign(this, { title, series, format, bars });
    this.points = [];
    this.picture = svg("svg", { role: "img", height: HEIGHT });
    this.reading = el("p", { class: "reading quiet", "aria-hidden": "true" });
    const legend = el("ul", { class: "legend" });
    for (const { name, kind } of series) {
      legend.append(el("li", { "data-kind": kind }, name));
    }
    const columns = [
      { label: "Until", text: ({ at }) => at },
      ...series.map(({ name, value }) => ({ label: name, numeric: true, text: ({ point }) => format(value(point)) })),
    ];
    this.table = new Table({ caption: `${title}, as a table`, columns, key: ({ at }) => at });
    this.frame = el("div", { class: "frame" }, this.picture);
    this.element = el("figure", {}, el("figcaption", {}, title), legend, this.frame, this.reading,
      fold("As a table", this.table.element));
    this.picture.addEventListener("pointermove", (event) => this.read(event));
    this.picture.addEventListener("pointerleave", () => this.read(null));
    new ResizeObserver(() => this.draw()).observe(this.frame);
  }

  // `points` are those of slices of time, the oldest first, each with `seconds`.
  update(points) {
    this.points = points;
    this.draw();
    const rows = points.map((point, at) => ({ point, at: this.label(at) })).reverse();
    this.table.update(rows);
    const last = points.at(-1);
    const words = last ? this.series.map(({ name, value }) => `${name} ${this.format(value(last))}`).join(", ") : "nothing";
    this.picture.setAttribute("aria-label", `${this.title}, now: ${words}`);
  }

  label(at) {
    const back = this.points.slice(at + 1).reduce((sum, { seconds }) => sum + seconds, 0);
    return back === 0 ? "now" : `${Math.round(back)} s ago`;
  }

  draw() {
    const width = this.frame.clientWidth;
    if (width < 80) {
      return;
    }
    const { points, series } = this;
    this.picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.picture.setAttribute("width", width);
    const tall = ({ point }) => {
      const values = series.map(({ value }) => value(point) ?? 0);
      return this.bars ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
    };
    const top = nice(Math.max(0, ...points.map((point) => tall({ point }))));
    const room = { x: width - LEFT - RIGHT, y: HEIGHT - TOP - BOTTOM };
    const y = (value) => TOP + room.y * (1 - value / top);
    const slot = room.x / 31;
    // The present slice is at the right, however many there are.
    const x = (at) => LEFT + room.x - slot * (points.length - at);
    const parts = [];
    for (const share of [0, 0.5, 1]) {
      const line = y(top * share);
      parts.push(svg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: line, y2: line }));
      parts.push(svg("text", { x: LEFT - 8, y: line + 4, "text-anchor": "end" }, this.format(top * share)));
    }
    for (const [share, words] of [[0, "5 min ago"], [1, "now"]]) {
      const anchor = share === 0 ? "start" : "end";
      parts.push(svg("text", { x: LEFT + room.x * share, y: HEIGHT - 5, "text-anchor": anchor }, words));
    }
    parts.push(...(this.bars ? this.stacks(points, x, y, slot) : this.lines(points, x, y, slot)));
    this.picture.replaceChildren(...parts);
    this.x = { at: (pixel) => points.length - Math.ceil((LEFT + room.x - pixel) / slot) };
  }

  stacks(points, x, y, slot) {
    const bars = [];
    points.forEach((point, at) => {
      let below = 0;
      for (const { kind, value } of this.series) {
        const more = value(point) ?? 0;
        if (more > 0) {
          const [bottom, top] = [y(below), y(below + more)];
          const height = Math.max(1, bottom - top);
          const place = { x: x(at) + 1, width: Math.max(1, slot - 2), y: bottom - height, height };
          bars.push(svg("rect", { ...place, "data-kind": kind }));
        }
        below += more;
      }
    });
    return bars;
  }

  lines(points, x, y, slot) {
    return this.series.flatMap(({ kind, value }) => {
      let path = "";
      let isApart = true;
      const dots = [];
      points.forEach((point, at) => {
        const here = value(point);
        if (here === null || here === undefined) {
          isApart = true;
          return;
        }
        const [px, py] = [x(at) + slot / 2, y(here)];
        const isAlone = isApart && (value(points[at + 1] ?? {}) ?? null) === null;
        path += `${isApart ? "M" : "L"}${px.toFixed(1)} ${py.toFixed(1)}`;
        isApart = false;
        if (isAlone) {
          dots.push(svg("circle", { cx: px, cy: py, r: 2.5, "data-kind": kind }));
        }
      });
      return [svg("path", { d: path || "M0 0", "data-kind": kind, fill: "none" }), ...dots];
    });
  }

  read(event) {
    const at = event ? this.x?.at(event.offsetX) : -1;
    const point = this.points[at];
    const words = point
      ? `${this.label(at)}: ${this.series.map(({ name, value }) => `${name} ${this.format(value(point))}`).join(", ")}`
      : "";
    setText(this.reading, words);
  }
}
