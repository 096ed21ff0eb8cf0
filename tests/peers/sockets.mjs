// Sockets by ws: `sockets.mjs WS COMMAND URL`, the same as sockets.py.

import assert from "node:assert/strict";
import { once } from "node:events";

const [library, command, url] = process.argv.slice(2);
const { WebSocket } = await import(library);

const next = async (socket) => {
  const [data, isBinary] = await once(socket, "message");
  return isBinary ? data : data.toString();
};

const commands = {
  async echo() {
    const bytes = Buffer.from(Array.from({ length: 65536 }, (_, at) => at % 256));
    const messages = ["", "hello", "ä".repeat(50_000), Buffer.alloc(0), bytes, Buffer.alloc(1_000_000)];
    for (const perMessageDeflate of [true, false]) {
      const socket = new WebSocket(url, ["chat.v2", "chat.v1"], { perMessageDeflate });
      await once(socket, "open");
      assert.equal(socket.protocol, "chat.v1");
      for (const message of messages) {
        const answer = next(socket);
        socket.send(message);
        assert.deepEqual(await answer, message);
      }
      const whole = next(socket);
      ["in", "", " fragments"].forEach((part, at) => socket.send(part, { fin: at === 2 }));
      assert.equal(await whole, "in fragments");
      const pong = once(socket, "pong");
      socket.ping("there?");
      assert.equal((await pong)[0].toString(), "there?");
      socket.close(1000);
      assert.equal((await once(socket, "close"))[0], 1000);
    }
  },
  async refused() {
    const socket = new WebSocket(url, { origin: "https://other.example" });
    socket.on("open", () => console.log("opened"));
    socket.on("unexpected-response", (_, response) => {
      console.log(response.statusCode);
      process.exit();
    });
    await once(socket, "close");
  },
  async drained() {
    const socket = new WebSocket(url);
    await once(socket, "open");
    socket.send("hello");
    console.log((await once(socket, "close"))[0]);
  },
};
await commands[command]();
