// A table whose rows stay while their numbers change, and that is sorted by the heads of its columns.

import { el, keyed, setText } from "./dom.js";

// Each column has a `label` and `text(row)`, and perhaps `value(row)` to be sorted by, `fill(cell, row)` in the place of the
// text, `numeric`, `words` where it may be of several lines, and `title(row)`.
export class Table {
  constructor({ caption, columns, key, sort, empty }) {
    this.columns = columns;
    this.key = key;
    this.sort = sort ?? null;
    this.rows = [];
    this.context = {};
    this.body = el("tbody");
    this.heads = columns.map((column, at) => this.head(column, at));
    const table = el("table", {}, el("caption", { class: "unseen" }, caption));
    table.append(el("thead", {}, el("tr", {}, ...this.heads)), this.body);
    this.empty = el("p", { class: "quiet", hidden: true }, empty ?? "Nothing yet.");
    // It can be scrolled where it is wider than the screen, by the keyboard as well.
    this.scroller = el("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": caption }, table);
    this.element = el("div", { class: "table" }, this.scroller, this.empty);
    this.mark();
  }

  head(column, at) {
    const head = el("th", { scope: "col", class: column.numeric ? "numeric" : false });
    if (!column.value) {
      head.append(column.label);
      return head;
    }
    const button = el("button", { type: "button" }, column.label);
    button.addEventListener("click", () => {
      const isSame = this.sort?.at === at;
      this.sort = { at, down: isSame ? !this.sort.down : Boolean(column.numeric) };
      this.mark();
      this.update(this.rows, this.context);
    });
    head.append(button);
    return head;
  }

  mark() {
    this.heads.forEach((head, at) => {
      if (this.sort?.at === at) {
        head.setAttribute("aria-sort", this.sort.down ? "descending" : "ascending");
      } else {
        head.removeAttribute("aria-sort");
      }
    });
  }

  sorted() {
    if (!this.sort) {
      return this.rows;
    }
    const { at, down } = this.sort;
    const value = this.columns[at].value;
    const order = (a, b) => {
      const [x, y] = [value(a) ?? -Infinity, value(b) ?? -Infinity];
      return x < y ? -1 : x > y ? 1 : 0;
    };
    return [...this.rows].sort((a, b) => (down ? order(b, a) : order(a, b)));
  }

  update(rows, context = {}) {
    this.rows = rows;
    this.context = context;
    this.scroller.hidden = rows.length === 0;
    this.empty.hidden = rows.length > 0;
    const make = () => {
      const cells = this.columns.map((column, at) =>
        at === 0
          ? el("th", { scope: "row" })
          : el("td", { class: column.numeric ? "numeric" : column.words ? "words" : false }));
      return el("tr", {}, ...cells);
    };
    keyed(this.body, this.sorted(), this.key, make, (line, row) => {
      this.columns.forEach((column, at) => {
        const cell = line.cells[at];
        if (column.fill) {
          column.fill(cell, row, context);
        } else {
          setText(cell, column.text(row, context));
        }
        if (column.title) {
          cell.title = column.title(row);
        }
      });
    });
  }
}

// What is wide belongs into a fold: the same as a picture shows, for whoever reads tables.
export function fold(label, ...children) {
  return el("details", { class: "fold" }, el("summary", {}, label), ...children);
}
