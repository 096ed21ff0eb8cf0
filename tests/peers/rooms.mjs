// The official client of Phoenix Channels, whose folder is the first argument, and `ws`, which is the second, in rooms at the
// URL that is the fourth. The third is `sockets` or `polls`.

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const [phoenix, ws, command, url] = process.argv.slice(2);
const { Socket, Presence, LongPoll } = await import(pathToFileURL(`${phoenix}/priv/static/phoenix.mjs`));
const { WebSocket } = await import(pathToFileURL(`${ws}/wrapper.mjs`));

const polls = command === "polls";
const connect = () => {
  const socket = new Socket(url, { transport: polls ? LongPoll : WebSocket, timeout: 30_000 });
  socket.connect();
  return socket;
};
/** What a push, or a join, is answered. */
const answer = (push) =>
  new Promise((resolve) => {
    for (const status of ["ok", "error", "timeout"]) {
      push.receive(status, (response) => resolve({ status, response }));
    }
  });
/** What is heard in a room, in order: `until` waits for so many. */
const hear = (channel, ...events) => {
  const heard = [];
  let told = () => {};
  for (const event of events) {
    channel.on(event, (payload, ref) => {
      heard.push({ event, payload, ref });
      told();
    });
  }
  const until = async (count) => {
    while (heard.length < count) {
      await new Promise((resolve) => (told = resolve));
    }
    return heard;
  };
  return { heard, until };
};
const until = async (is, told) => {
  while (!is()) {
    await new Promise((resolve) => told(resolve));
  }
};

const [ada, bob] = [connect(), connect()];

// Ada says where she has got to whenever she joins, as her params are a function.
let position;
const adas = ada.channel("chat:1", () => ({ presence: { nick: "ada" }, resume: position ?? {} }));
const said = hear(adas, "said", "bytes", "history_gap");
const seen = new Presence(adas);
let synced = () => {};
seen.onSync(() => synced());
const joined = await answer(adas.join());
assert.equal(joined.status, "ok");
assert.equal(joined.response.history.offset, 0);

const bobs = bob.channel("chat:1", { presence: { nick: "bob" } });
assert.equal((await answer(bobs.join())).status, "ok");
await until(() => seen.list().length === 2, (resolve) => (synced = resolve));
assert.deepEqual(seen.list((_, { metas: [meta] }) => meta.nick).sort(), ["ada", "bob"]);

// Pushes are answered, and heard by both.
assert.deepEqual(await answer(bobs.push("said", { text: "hello" })), { status: "ok", response: { offset: 1 } });
assert.deepEqual((await said.until(1))[0], { event: "said", payload: { text: "hello" }, ref: "@1" });

// Bytes are bytes, and an object where there is text alone.
const bytes = new Uint8Array([0, 1, 255]).buffer;
assert.equal((await answer(bobs.push("bytes", bytes))).status, "ok");
const { payload } = (await said.until(2))[1];
if (polls) {
  assert.deepEqual(payload, { base64: "AAH/" });
} else {
  assert.deepEqual(new Uint8Array(payload), new Uint8Array(bytes));
}

// Nobody comes in where nobody may, nor speaks in the server's name.
assert.deepEqual(await answer(bob.channel("closed").join()), { status: "error", response: { reason: "unauthorized" } });
assert.equal((await answer(bob.channel("nowhere").join())).response.reason, "unmatched topic");
assert.equal((await answer(bobs.push("presence_state", {}))).response.reason, "reserved event");

// Ada's connection breaks; she comes back by herself and hears what she missed.
position = { epoch: joined.response.history.epoch, offset: 2 };
const again = new Promise((resolve) => ada.onOpen(resolve));
if (polls) {
  ada.conn.closeAndRetry("broken", 1011, "broken", false);
} else {
  ada.conn.terminate();
}
for (let count = 3; count <= 5; count += 1) {
  assert.deepEqual(await answer(bobs.push("said", { text: `${count}` })), { status: "ok", response: { offset: count } });
}
await again;
const heard = (await said.until(5)).slice(2);
assert.deepEqual(heard.map(({ event, payload, ref }) => [event, payload.text, ref]), [
  ["said", "3", "@3"],
  ["said", "4", "@4"],
  ["said", "5", "@5"],
]);

// Whoever leaves is answered, and seen to have gone.
assert.equal((await answer(bobs.leave())).status, "ok");
await until(() => seen.list((_, { metas: [meta] }) => meta.nick).every((nick) => nick === "ada"), (resolve) => (synced = resolve));
console.log("understood");
process.exit(0);
