// What a document has in it, by as much of the grammar as that takes: the service says what is wrong with the rest.

const TOKEN = /"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*|[A-Za-z_]\w*|\S/g;
const KINDS = ["query", "mutation", "subscription"];

// The operations: of which kind, by which name if they have one, and from where to where they are.
export function operations(text) {
  const found = [];
  let depth = 0;
  // What is read of the definition that is read, once it has begun.
  let definition = null;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token.startsWith("#")) {
      continue;
    }
    if (definition === null) {
      const kind = token === "{" ? "query" : token;
      definition = { kind, name: null, from: index, to: text.length };
      if (KINDS.includes(kind)) {
        found.push(definition);
      }
    } else if (depth === 0 && definition.name === null && /^[A-Za-z_]/.test(token)) {
      definition.name = token;
    }
    if ("{([".includes(token)) {
      depth += 1;
    } else if ("})]".includes(token)) {
      depth = Math.max(depth - 1, 0);
      if (depth === 0 && token === "}") {
        definition.to = index + 1;
        definition = null;
      }
    }
  }
  return found;
}

// Where in a text a line and a column are, both from 1, and to where the word goes that is there.
export function place(text, { line, column }) {
  const before = text.split("\n").slice(0, line - 1).join("\n");
  const from = Math.min(before.length + (line > 1 ? 1 : 0) + column - 1, text.length);
  const word = /^\w+|^[^]?/.exec(text.slice(from))[0];
  return [from, from + word.length];
}
