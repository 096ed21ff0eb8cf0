// The official client of Phoenix Channels, whose folder is the first argument, and `ws`, which is the second: it shows the token that
// is the fifth at the URL that is the fourth, by `sockets` or by `polls`, which is the third, and prints what it is answered in a room
// for those alone who may come in, or that it is not let in at all.

import { pathToFileURL } from "node:url";

const [phoenix, ws, command, url, authToken] = process.argv.slice(2);
const { Socket, LongPoll } = await import(pathToFileURL(`${phoenix}/priv/static/phoenix.mjs`));
const { WebSocket } = await import(pathToFileURL(`${ws}/wrapper.mjs`));

const transport = command === "polls" ? LongPoll : WebSocket;
const socket = new Socket(url, { transport, authToken, timeout: 30_000 });
const say = (text) => {
  console.log(text);
  process.exit(0);
};
socket.onError(() => say("not let in"));
socket.connect();
const channel = socket.channel("closed");
channel.join().receive("ok", () => say("joined")).receive("error", ({ reason }) => say(reason));
