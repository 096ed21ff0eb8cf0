// Asking the endpoint, by POST.

// It is the page's own path without the last part, wherever that is mounted.
export function endpoint() {
  const url = new URL("..", import.meta.url);
  url.pathname = url.pathname.replace(/(.)\/$/, "$1");
  return url;
}

// Headers that are written one in a line. Throws what is wrong with them.
export function headers(text) {
  const read = new Headers();
  for (const line of text.split("\n").filter((line) => line.trim() !== "")) {
    const colon = line.indexOf(":");
    if (colon < 1) {
      throw new Error(`A header is a name, a colon and a value; this is not: ${line}`);
    }
    read.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  return read;
}

function post(request, headers, accept, signal) {
  const sent = new Headers(headers);
  sent.set("content-type", "application/json");
  sent.set("accept", accept);
  return fetch(endpoint(), {
    method: "POST", headers: sent, body: JSON.stringify(request), signal, cache: "no-store", redirect: "error",
  });
}

const ONE = "application/graphql-response+json, application/json;q=0.9";

async function read(response) {
  const text = await response.text();
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    // What is no JSON is shown as it is.
  }
  return { status: response.status, bytes: text.length, text, value };
}

// The answer to a query or a mutation.
export const one = async (request, headers, signal) => read(await post(request, headers, ONE, signal));

// The answers to a subscription, as server-sent events: by fetch, since an EventSource can neither send a header nor a body.
export async function* events(request, headers, signal) {
  const response = await post(request, headers, "text/event-stream", signal);
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    yield read(response);
    return;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      throw new Error("The service has ended the stream before its end.");
    }
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const field = (name) =>
        block.split("\n").filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trim());
      if (field("event")[0] === "complete") {
        return;
      }
      const data = field("data").join("\n");
      if (data !== "") {
        yield { status: response.status, bytes: data.length, text: data, value: JSON.parse(data) };
      }
    }
  }
}
