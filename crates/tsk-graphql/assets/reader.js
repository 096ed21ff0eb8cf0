// The schema, to be read and searched.

import { el, link } from "./dom.js";
import { example } from "./example.js";
import { named, written } from "./schema.js";

const WORDS = {
  OBJECT: "type", INTERFACE: "interface", UNION: "union", ENUM: "enum", INPUT_OBJECT: "input", SCALAR: "scalar",
};

export class Reader {
  #schema;
  #use;
  #body = el("div", { id: "reading" });
  #field = el("input", { id: "search", type: "search", autocomplete: "off", spellcheck: "false" });
  #said = el("p", { class: "unseen", role: "status" });
  // Where somebody came from, for the way back.
  #way = [];

  // `use` is given what to ask with.
  constructor(schema, use) {
    this.#schema = schema;
    this.#use = use;
    this.#field.addEventListener("input", () => this.#search());
    this.element = el("div", {},
      el("p", { class: "search" }, el("label", { for: "search" }, "Search"), this.#field), this.#said, this.#body);
    this.#home();
  }

  #show(...parts) {
    this.#body.replaceChildren(...parts.filter((part) => part !== null));
  }

  // Somebody who follows a link by the keyboard, or hears the page, is taken to what it leads to.
  #go(page) {
    this.#way.push(page);
    page();
    this.#body.querySelector("h3")?.focus();
  }

  #back() {
    this.#way.pop();
    (this.#way.at(-1) ?? (() => this.#home()))();
    this.#body.querySelector("h3")?.focus();
  }

  #home() {
    this.#way = [];
    const { roots, own, directives, description } = this.#schema;
    const others = own.filter((type) => this.#schema.rootKind(type) === undefined);
    this.#show(
      described(description),
      title("Operations"),
      el("ul", {}, ...roots.map(([kind, type]) => el("li", {}, `${kind}: `, this.#to(type.name)))),
      title("Types"),
      el("ul", { class: "names" }, ...others.map(({ name }) => el("li", {}, this.#to(name)))),
      title("Directives"),
      el("ul", {}, ...directives.map((directive) => el("li", {},
        code(`@${directive.name}`), this.#args(directive.args), described(directive.description)))),
    );
  }

  #search() {
    const text = this.#field.value;
    if (text.trim() === "") {
      this.#said.textContent = "";
      this.#home();
      return;
    }
    this.#way = [() => this.#results(text)];
    this.#results(text);
  }

  #results(text) {
    const { found, isCut } = this.#schema.search(text);
    const words = found.length === 0 ? "Nothing was found." : `${isCut ? "The first " : ""}${found.length} found.`;
    this.#said.textContent = words;
    this.#show(title(words), el("ul", {}, ...found.map(({ type, told, whole }) =>
      el("li", {}, link(whole, () => this.#go(() => this.#type(type))), old(told), described(told.description)))));
  }

  #to(name) {
    const type = this.#schema.types.get(name);
    return type ? link(name, () => this.#go(() => this.#type(type))) : code(name);
  }

  // A type as it is written, with a way to what it is of.
  #ref(ref) {
    const [text, name] = [written(ref), named(ref)];
    const [before, after] = [text.slice(0, text.indexOf(name)), text.slice(text.indexOf(name) + name.length)];
    return el("code", {}, before, this.#to(name), after);
  }

  #args(args) {
    if (args.length === 0) {
      return "";
    }
    return el("ul", { class: "args" }, ...args.map((arg) => this.#input(arg)));
  }

  #input(input) {
    const given = input.defaultValue === null ? "" : code(` = ${input.defaultValue}`);
    return el("li", {}, code(`${input.name}: `), this.#ref(input.type), given, old(input), described(input.description));
  }

  #type(type) {
    const kind = this.#schema.rootKind(type);
    const linked = (names) => el("ul", {}, ...names.map(({ name }) => el("li", {}, this.#to(name))));
    const field = (field) => el("li", {},
      code(`${field.name}: `), this.#ref(field.type), old(field),
      kind ? link("Ask for it", () => this.#use(example(this.#schema, kind, field)), { "aria-label": `Ask for ${field.name}` }) : "",
      described(field.description), this.#args(field.args));
    const value = (value) => el("li", {}, code(value.name), old(value), described(value.description));
    const part = (name, items, show) => (items?.length > 0 ? el("div", {}, el("h4", {}, name), show(items)) : null);
    const list = (show) => (items) => el("ul", { class: "members" }, ...items.map(show));
    this.#show(
      el("p", {}, link("Back", () => this.#back()), " ", link("All types", () => this.#go(() => this.#home()))),
      title(`${WORDS[type.kind]} ${type.name}`),
      described(type.description),
      type.isOneOf ? el("p", { class: "quiet" }, "One of its fields is given, and no other.") : null,
      type.specifiedByURL ? el("p", { class: "quiet" }, `It is specified by ${type.specifiedByURL}`) : null,
      part("Fields", type.fields, list(field)),
      part("Fields", type.inputFields, list((one) => this.#input(one))),
      part("Values", type.enumValues, list(value)),
      part("It is", type.interfaces, linked),
      part("It may be", type.possibleTypes, linked),
    );
  }
}

const code = (text) => el("code", {}, text);
const title = (text) => el("h3", { tabindex: "-1" }, text);
const described = (text) => (text ? el("p", { class: "described" }, text) : null) ?? "";
const old = (item) =>
  item?.isDeprecated ? el("span", { class: "badge", "data-state": "warn" }, `deprecated: ${item.deprecationReason ?? "no reason is given"}`) : "";
