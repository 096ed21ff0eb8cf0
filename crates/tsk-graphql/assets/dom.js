// Elements, made of parts that are text or elements. Text is never markup here: nothing parses it.

export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(attribute, value);
    } else if (value !== undefined && value !== null && value !== false) {
      element.setAttribute(attribute, value === true ? "" : String(value));
    }
  }
  element.append(...children);
  return element;
}

export const at = (id) => document.getElementById(id);

// A button within a line, which leads somewhere on this page.
export const link = (text, go, attributes = {}) =>
  el("button", { type: "button", class: "link", click: go, ...attributes }, text);
