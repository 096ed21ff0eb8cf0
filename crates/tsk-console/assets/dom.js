// Elements, made of parts that are text or elements. Text is never markup here: nothing parses it.

const SVG = "http://www.w3.org/2000/svg";

function made(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children);
  return element;
}

export const el = (name, attributes = {}, ...children) => made(document.createElement(name), attributes, children);

export const svg = (name, attributes = {}, ...children) =>
  made(document.createElementNS(SVG, name), attributes, children);

// What is the same stays as it is, so that a selection within it does too.
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function setData(element, name, value) {
  if (element.dataset[name] !== value) {
    element.dataset[name] = value;
  }
}

// Has a list of elements be those of the items, by their keys. What is there already is updated in its place.
export function keyed(parent, items, keyOf, make, update) {
  const known = parent.keyed ?? new Map();
  const present = new Map();
  let place = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    if (present.has(key)) {
      continue;
    }
    const element = known.get(key) ?? make(item);
    present.set(key, element);
    update(element, item);
    if (element === place) {
      place = place.nextSibling;
    } else {
      parent.insertBefore(element, place);
    }
  }
  for (const [key, element] of known) {
    if (!present.has(key)) {
      element.remove();
    }
  }
  parent.keyed = present;
}

// A badge says in a word what its colour says.
export function badge(state, text = state) {
  return el("span", { class: "badge", "data-state": state }, text);
}

// A number with a name.
export function tile(name, help) {
  const value = el("dd", {}, "–");
  const term = el("dt", {}, name);
  if (help) {
    term.title = help;
  }
  return { element: el("div", { class: "tile" }, term, value), set: (text) => setText(value, text), value };
}
