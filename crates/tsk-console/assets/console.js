// The page: it hears of what is new, and tells the sections whose it is.

import { el, setText } from "./dom.js";
import { Refused, ask, events } from "./stream.js";
import { Traffic } from "./traffic.js";
import { Routes } from "./routes.js";
import { Objectives } from "./objectives.js";
import { Traces } from "./traces.js";
import { Errors } from "./errors.js";
import { Dependencies } from "./map.js";
import { Health, WORDS } from "./health.js";
import { Limits } from "./limits.js";
import { Usage } from "./usage.js";
import { Connections } from "./connections.js";
import { Log } from "./log.js";
import { Others } from "./others.js";

const at = (id) => document.getElementById(id);
const values = new Map();
// It is in the memory of this page and nowhere else.
let token = "";
let listening = null;
let isPaused = false;
let wait = 1000;

const service = () => {
  const name = values.get("health")?.serviceId;
  return typeof name === "string" && name !== "" ? name : "this service";
};

const find = async (name, search) =>
  (await ask(`insight?${new URLSearchParams({ name, search })}`, token)).json();

const traces = new Traces({ find });
const sections = [
  new Traffic(),
  new Routes({ find }),
  new Objectives({ find }),
  traces,
  new Errors({ find, showTrace: (trace) => traces.find(trace) }),
  new Dependencies({ service }),
  new Health(),
  new Limits(),
  new Usage({ find }),
  new Connections(),
  new Log(),
];
const others = new Others();
const wanted = new Set(sections.flatMap(({ wants }) => wants));

for (const section of [...sections, others]) {
  const id = section.title.toLowerCase();
  section.note = el("p", { class: "quiet", hidden: true }, "Not all of it is shown: there is too much.");
  section.whole = el("section", { id, "aria-labelledby": `${id}-title`, hidden: true },
    el("h2", { id: `${id}-title` }, section.title), section.element, section.note);
  section.link = el("li", { hidden: true }, el("a", { href: `#${id}` }, section.title));
  at("main").append(section.whole);
  at("sections").append(section.link);
}

// What of a service says that there is something of this section. The number of connections alone is no traffic, and what is
// promised no route.
const aside = new Map([[Traffic, "server"], [Routes, "slo"]]);
const main = (section) => section.wants.filter((name) => name !== aside.get(section.constructor));

function hear(message) {
  const gone = [...values.keys()].filter((name) => !message.names.includes(name));
  gone.forEach((name) => values.delete(name));
  for (const [name, value] of Object.entries(message.changed)) {
    values.set(name, value);
  }
  at("waiting").hidden = true;
  const cut = new Set(message.cut);
  for (const section of sections) {
    const isThere = main(section).some((name) => (values.get(name) ?? null) !== null);
    show(section, isThere, section.wants.some((name) => cut.has(name)), () => {
      const own = Object.fromEntries(section.wants.map((name) => [name, values.get(name) ?? undefined]));
      section.update(own, { at: message.at_unix_ms });
    });
  }
  const rest = [...values].filter(([name]) => !wanted.has(name));
  show(others, rest.length > 0, rest.some(([name]) => cut.has(name)), () => others.update(Object.fromEntries(rest)));
  head();
}

function show(section, isThere, isCut, update) {
  section.whole.hidden = !isThere;
  section.link.hidden = !isThere;
  section.note.hidden = !isCut;
  if (!isThere) {
    return;
  }
  try {
    update();
  } catch (error) {
    // One section that cannot be drawn hides no other.
    console.error(section.title, error);
  }
}

let standing = "";

function head() {
  const health = values.get("health") ?? {};
  const name = service() === "this service" ? "Console" : service();
  setText(at("title"), name);
  setText(at("release"), typeof health.releaseId === "string" ? health.releaseId : "");
  document.title = name === "Console" ? name : `${name} · Console`;
  const status = WORDS[health.status] ? health.status : "";
  const shown = at("health-badge");
  shown.hidden = status === "";
  shown.dataset.state = status;
  setText(shown, WORDS[status] ?? "");
  if (status !== standing && standing !== "") {
    announce(`The service is ${WORDS[status] ?? "without health"}.`);
  }
  standing = status;
}

function announce(words) {
  setText(at("announcement"), words);
}

function connection(state, words) {
  const shown = at("connection");
  if (shown.textContent !== words) {
    shown.dataset.state = state;
    setText(shown, words);
  }
}

function trouble(words) {
  at("trouble").hidden = words === "";
  setText(at("trouble"), words);
}

async function listen() {
  if (listening || isPaused || document.hidden) {
    return;
  }
  const control = new AbortController();
  listening = control;
  let isFirst = true;
  try {
    for await (const data of events("stream", token, control.signal)) {
      if (isFirst) {
        isFirst = false;
        wait = 1000;
        trouble("");
        connection("pass", "Live");
        if (at("announcement").textContent !== "") {
          announce("Live again.");
        }
      }
      hear(JSON.parse(data));
    }
    throw new Error("The service has ended the stream.");
  } catch (error) {
    if (control.signal.aborted) {
      return;
    }
    lost(error);
  } finally {
    if (listening === control) {
      listening = null;
    }
  }
}

function lost(error) {
  if (error instanceof Refused && error.status === 401) {
    connection("fail", "Token needed");
    at("waiting").hidden = true;
    at("token").hidden = false;
    at("token-field").focus();
    trouble(token === "" ? "" : "This was not the token.");
    return;
  }
  connection("fail", "Not connected");
  trouble(error instanceof Refused ? error.message : "The service does not answer. What is shown is from before.");
  announce("The connection is lost. It is tried again.");
  setTimeout(listen, wait);
  wait = Math.min(wait * 2, 15000);
}

function stop(words) {
  listening?.abort();
  listening = null;
  connection("waiting", words);
}

at("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  at("pause").setAttribute("aria-pressed", String(isPaused));
  if (isPaused) {
    stop("Paused");
  } else {
    connection("waiting", "Connecting");
    listen();
  }
});

at("token").addEventListener("submit", (event) => {
  event.preventDefault();
  token = at("token-field").value;
  at("token-field").value = "";
  at("token").hidden = true;
  listen();
});

// Nobody looks at a page that is not seen, and so it costs nothing.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    stop("Paused");
  } else {
    listen();
  }
});

listen();
