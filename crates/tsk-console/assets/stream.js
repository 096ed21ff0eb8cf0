// Server-sent events over fetch: unlike an EventSource it can show a token, and is told why it was refused.

export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export async function ask(path, token, signal) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(new URL(path, import.meta.url), { headers, signal, cache: "no-store" });
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Refused(response.status, problem.detail ?? `The service answered ${response.status}.`);
  }
  return response;
}

// The data of each event, until the stream ends.
export async function* events(path, token, signal) {
  const response = await ask(path, token, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n").filter((line) => line.startsWith("data:"));
      if (lines.length > 0) {
        yield lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
      }
    }
  }
}
