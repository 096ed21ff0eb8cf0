// The protocol graphql-transport-ws, with a socket for each operation.

import { endpoint } from "./ask.js";

// What is heard and not yet taken.
class Heard {
  #waiting = [];
  #wake = () => {};

  put(item) {
    this.#waiting.push(item);
    this.#wake();
  }

  async take() {
    while (this.#waiting.length === 0) {
      await new Promise((resolve) => { this.#wake = resolve; });
    }
    return this.#waiting.shift();
  }
}

const CODES = {
  1006: "It opens no socket for this page.", 4400: "It does not understand this page.",
  4401: "It does not know who is asking.", 4403: "It does not believe who is asking.",
  4406: "It does not speak the protocol.", 4408: "It waited too long.",
};

// The answers to an operation. A page cannot send headers with a handshake: they are in the first message.
export async function* answers(request, headers, signal) {
  const url = endpoint();
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url, "graphql-transport-ws");
  const heard = new Heard();
  const send = (message) => socket.send(JSON.stringify(message));
  // A client is known by `Authorization`, whose letters are small in `Headers`.
  const payload = Object.fromEntries([...headers].map(([name, value]) => [name === "authorization" ? "Authorization" : name, value]));
  socket.addEventListener("open", () => send({ type: "connection_init", payload }));
  socket.addEventListener("message", ({ data }) => heard.put(data));
  socket.addEventListener("close", ({ code, reason }) => heard.put({ code, reason }));
  const stop = () => {
    if (socket.readyState === WebSocket.OPEN) {
      send({ id: "1", type: "complete" });
    }
    socket.close(1000);
  };
  signal.addEventListener("abort", stop);
  try {
    for (;;) {
      const item = await heard.take();
      if (signal.aborted) {
        return;
      }
      if (typeof item !== "string") {
        throw new Error(`The socket was closed with ${item.code}. ${item.reason || CODES[item.code] || ""}`);
      }
      const { type, payload } = JSON.parse(item);
      const shown = (value) => ({ status: 101, bytes: item.length, text: JSON.stringify(value), value });
      if (type === "connection_ack") {
        send({ id: "1", type: "subscribe", payload: request });
      } else if (type === "ping") {
        send({ type: "pong" });
      } else if (type === "next") {
        yield shown(payload);
      } else if (type === "error") {
        yield shown({ errors: payload });
        return;
      } else if (type === "complete") {
        return;
      }
    }
  } finally {
    signal.removeEventListener("abort", stop);
    socket.close(1000);
  }
}
