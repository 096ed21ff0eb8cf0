// Phoenix Channels V2 by hand, so that nothing has to be fetched: `[join_ref, ref, topic, event, payload]`. The official
// client does the same, and more.

const topic = "chat:lobby";
const nick = new URLSearchParams(location.search).get("nick") ?? `guest ${Math.floor(Math.random() * 1000)}`;
const element = (id) => document.getElementById(id);
const there = new Map();
let socket, ref = 0, position, tries = 0;

const send = (event, payload, room = topic) => {
  ref += 1;
  socket.send(JSON.stringify(["1", String(ref), room, event, payload]));
};

const show = (who, text) => {
  const item = document.createElement("li");
  // As text: what somebody says is never markup.
  item.textContent = `${who}: ${text}`;
  element("said").append(item);
};

/** Who is there, told apart by the reference of each way in which it is. */
const see = (joins, leaves) => {
  for (const { metas } of Object.values(joins)) metas.forEach((meta) => there.set(meta.phx_ref, meta.nick));
  for (const { metas } of Object.values(leaves)) metas.forEach((meta) => there.delete(meta.phx_ref));
  element("there").textContent = [...there.values()].sort().join(", ");
};

const events = {
  phx_reply({ status, response }) {
    if (response.history && status === "ok") {
      position = response.history;
      element("state").textContent = "connected";
    }
  },
  presence_state(state) {
    there.clear();
    see(state, {});
  },
  presence_diff: ({ joins, leaves }) => see(joins, leaves),
  history_gap: () => show("—", "something was said that you have missed"),
  said: ({ nick, text }) => show(nick, text),
};

const connect = () => {
  socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/socket/websocket?vsn=2.0.0`);
  socket.onopen = () => {
    tries = 0;
    send("phx_join", { presence: { nick }, resume: position ?? { latest: 20 } });
  };
  socket.onmessage = ({ data }) => {
    const [, ref, , event, payload] = JSON.parse(data);
    events[event]?.(payload);
    // Where it has got to, to go on from there.
    if (ref?.startsWith("@")) position = { ...position, offset: Number(ref.slice(1)) };
  };
  socket.onclose = () => {
    element("state").textContent = "connecting";
    // Longer each time, and by chance, so that not everybody comes back at once.
    tries = Math.min(tries + 1, 6);
    setTimeout(connect, Math.random() * 500 * 2 ** tries);
  };
};

setInterval(() => socket.readyState === WebSocket.OPEN && send("heartbeat", {}, "phoenix"), 30_000);
element("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = element("text").value.trim();
  if (text && socket.readyState === WebSocket.OPEN) {
    send("said", { nick, text, message_id: crypto.randomUUID?.() ?? String(Math.random()) });
    element("text").value = "";
  }
});
connect();
