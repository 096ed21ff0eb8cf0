const list = document.querySelector("ul");
const form = document.querySelector("form");
const status = document.querySelector("[role=status]");
const items = new Map();

async function send(method, path, body) {
  const headers = body ? { "content-type": "application/json" } : {};
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  if (!response.ok) {
    const problem = await response.json();
    throw new Error(problem.detail ?? problem.title);
  }
  return response;
}

function attempt(doing) {
  status.textContent = "";
  doing.catch((error) => { status.textContent = error.message; });
}

function show(task) {
  items.get(task.id)?.remove();
  const done = Object.assign(document.createElement("input"), { type: "checkbox", checked: task.done });
  done.addEventListener("change", () => attempt(send("PATCH", `/tasks/${task.id}`, { done: done.checked })));
  const title = Object.assign(document.createElement("span"), { textContent: task.title });
  const remove = Object.assign(document.createElement("button"), { textContent: "Remove" });
  remove.addEventListener("click", () => attempt(send("DELETE", `/tasks/${task.id}`)));
  const item = document.createElement("li");
  item.append(done, title, remove);
  const next = [...items].find(([id]) => id > task.id);
  list.insertBefore(item, next ? next[1] : null);
  items.set(task.id, item);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(send("POST", "/tasks", { title: form.title.value }).then(() => form.reset()));
});

// What was missed while the connection was gone is asked for when it is there again.
const source = new EventSource("/events");
source.addEventListener("open", () => attempt((async () => {
  const tasks = await (await send("GET", "/tasks")).json();
  items.clear();
  list.replaceChildren();
  tasks.forEach(show);
})()));
for (const name of ["added", "changed"]) {
  source.addEventListener(name, (event) => show(JSON.parse(event.data)));
}
source.addEventListener("removed", (event) => {
  const { id } = JSON.parse(event.data);
  items.get(id)?.remove();
  items.delete(id);
});
