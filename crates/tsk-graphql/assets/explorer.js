// The page: what is asked, by whom, and what comes of it.

import { el, at, link } from "./dom.js";
import { Answers } from "./answers.js";
import { endpoint, events, headers, one } from "./ask.js";
import { operations } from "./document.js";
import { History } from "./history.js";
import { Reader } from "./reader.js";
import { QUERY, Schema } from "./schema.js";
import { answers as overSocket } from "./socket.js";

const history = new History(endpoint().pathname);
// What runs, and can be stopped.
let running = null;

at("endpoint").textContent = endpoint().pathname;
document.title = `GraphQL · ${endpoint().pathname}`;

function use({ query, variables }) {
  at("query").value = query;
  at("variables").value = variables;
  choose();
  at("query").focus();
}

// Which operations there are to be chosen from.
function choose() {
  const named = operations(at("query").value).filter(({ name }) => name !== null);
  const before = at("operation").value;
  at("which").hidden = named.length < 2;
  at("operation").replaceChildren(...named.map(({ name, kind }) => el("option", { value: name }, `${kind} ${name}`)));
  if (named.some(({ name }) => name === before)) {
    at("operation").value = before;
  }
}

// The operation in which the caret is, where there is more than one.
function follow() {
  const caret = at("query").selectionStart;
  const within = operations(at("query").value).find(({ from, to }) => from <= caret && caret <= to);
  if (within?.name) {
    at("operation").value = within.name;
  }
}

// What is asked. Throws what is wrong with it.
function request() {
  const query = at("query").value;
  const all = operations(query);
  const operation = all.find(({ name }) => name !== null && name === at("operation").value) ?? all[0];
  const asked = { query };
  if (all.length > 1 && operation.name !== null) {
    asked.operationName = operation.name;
  }
  const written = at("variables").value.trim();
  if (written !== "") {
    try {
      asked.variables = JSON.parse(written);
    } catch (error) {
      throw new Error(`The variables are not JSON: ${error.message}`);
    }
  }
  return { asked, kind: operation?.kind };
}

async function run() {
  running?.abort();
  const control = new AbortController();
  running = control;
  const query = at("query").value;
  const shown = new Answers({ query });
  at("stop").hidden = false;
  let reason = "";
  try {
    const { asked, kind } = request();
    const sent = headers(at("headers").value);
    history.add({ query, variables: at("variables").value });
    past();
    if (kind === "subscription") {
      const ask = at("over").value === "socket" ? overSocket : events;
      for await (const answer of ask(asked, sent, control.signal)) {
        if (running === control) {
          shown.add(answer);
        }
      }
    } else {
      const answer = await one(asked, sent, control.signal);
      if (running === control) {
        shown.add(answer);
      }
    }
  } catch (error) {
    reason = control.signal.aborted ? "" : error.message;
  }
  if (running === control) {
    running = null;
    at("stop").hidden = true;
    shown.end(reason);
  }
}

function past() {
  const entries = history.entries.map((entry) => {
    const { kind = "", name } = operations(entry.query)[0] ?? {};
    const words = name ? `${kind} ${name}` : entry.query.replace(/\s+/g, " ").trim().slice(0, 60) || "nothing";
    return el("li", {}, link(words, () => use(entry)));
  });
  at("history").replaceChildren(...entries);
  at("no-history").hidden = entries.length > 0;
  at("forget").hidden = entries.length === 0;
}

// The schema, or why there is none.
async function read() {
  const trouble = (words) => {
    at("trouble").textContent = words;
    at("trouble").hidden = words === "";
    at("again").hidden = words === "";
  };
  try {
    const { value, text } = await one({ query: QUERY, operationName: "Schema" }, headers(at("headers").value));
    const told = value?.data?.__schema;
    if (!told) {
      throw new Error(value?.errors?.[0]?.message ?? value?.detail ?? text.slice(0, 200));
    }
    at("reader").replaceChildren(new Reader(new Schema(told), use).element);
    trouble("");
  } catch (error) {
    trouble(`There is no schema to be read: ${error.message} If the service asks who you are, say it in a header.`);
  }
}

at("run").addEventListener("click", run);
at("again").addEventListener("click", read);
at("query").addEventListener("input", choose);
at("query").addEventListener("keyup", follow);
at("query").addEventListener("click", follow);
at("stop").addEventListener("click", () => {
  running?.abort();
  at("run").focus();
});
at("forget").addEventListener("click", () => {
  history.forget();
  past();
  at("query").focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});

past();
use(history.entries[0] ?? { query: "{\n  __typename\n}\n", variables: "" });
read();
