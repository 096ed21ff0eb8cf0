// ws, as its documentation has it: an echo at /echo, and a room at /room.

import { WebSocketServer } from "ws";

const server = new WebSocketServer({ port: Number(process.env.PORT), host: "127.0.0.1" });
const room = new Set();

server.on("connection", (socket, request) => {
  socket.on("error", () => {});
  if (request.url === "/room") {
    room.add(socket);
    socket.on("close", () => room.delete(socket));
    socket.on("message", (data, isBinary) => room.forEach((member) => member.send(data, { binary: isBinary })));
  } else {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  }
});
