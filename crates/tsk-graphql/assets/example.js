// An operation that asks for one field of a root, to begin with.

import { named, written } from "./schema.js";

const isRequired = ({ type, defaultValue }) => type.kind === "NON_NULL" && defaultValue === null;
const NONE = { Int: 0, Float: 0, Boolean: false, String: "", ID: "" };
const DEEPEST = 3;

// A value that a variable can have.
function value(schema, ref, depth) {
  if (ref.kind === "NON_NULL") {
    return value(schema, ref.ofType, depth);
  }
  if (ref.kind === "LIST") {
    return [];
  }
  const type = schema.types.get(ref.name);
  if (type.kind === "ENUM") {
    return type.enumValues[0].name;
  }
  if (type.kind === "INPUT_OBJECT" && depth < DEEPEST) {
    const fields = type.isOneOf ? type.inputFields.slice(0, 1) : type.inputFields.filter(isRequired);
    return Object.fromEntries(fields.map((field) => [field.name, value(schema, field.type, depth + 1)]));
  }
  return NONE[ref.name] ?? null;
}

// What is asked of something: all that is simple, or else the first that is not.
function selection(schema, ref, depth) {
  const type = schema.types.get(named(ref));
  if (!["OBJECT", "INTERFACE", "UNION"].includes(type.kind)) {
    return "";
  }
  const indent = "  ".repeat(depth + 1);
  const free = (type.fields ?? []).filter((field) => !field.isDeprecated && !field.args.some(isRequired));
  const simple = free.filter((field) => ["SCALAR", "ENUM"].includes(schema.types.get(named(field.type)).kind));
  let lines = simple.map((field) => field.name);
  if (lines.length === 0 && free.length > 0 && depth < DEEPEST) {
    lines = [`${free[0].name}${selection(schema, free[0].type, depth + 1)}`];
  }
  if (lines.length === 0) {
    lines = ["__typename"];
  }
  return ` {\n${lines.map((line) => `${indent}${line}\n`).join("")}${"  ".repeat(depth)}}`;
}

export function example(schema, kind, field) {
  const args = field.args.filter(isRequired);
  const name = field.name.charAt(0).toUpperCase() + field.name.slice(1);
  const taken = args.map((arg) => `$${arg.name}: ${written(arg.type)}`).join(", ");
  const given = args.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
  const within = (text) => (text === "" ? "" : `(${text})`);
  const variables = Object.fromEntries(args.map((arg) => [arg.name, value(schema, arg.type, 0)]));
  return {
    query: `${kind} ${name}${within(taken)} {\n  ${field.name}${within(given)}${selection(schema, field.type, 1)}\n}\n`,
    variables: args.length === 0 ? "" : JSON.stringify(variables, null, 2),
  };
}
