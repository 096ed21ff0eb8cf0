// What is on the wire.

import { el, tile } from "./dom.js";
import { bytes, count } from "./format.js";

export class Connections {
  title = "Connections";
  wants = ["server"];

  constructor() {
    this.tiles = {
      connections: tile("Open"),
      busy: tile("With a request"),
      accepted: tile("Accepted", "Since the start, as all that follow"),
      http1: tile("HTTP/1"),
      http2: tile("HTTP/2"),
      tls: tile("TLS handshakes"),
      tls_failed: tile("TLS failed"),
      malformed: tile("Malformed", "Closed for a request that was malformed, or more than the limits allow"),
      late: tile("Too slow", "Closed because the head of the first request did not come in time"),
      crowded: tile("Too many", "Closed because the address had as many as it may"),
      received: tile("Received"),
      sent: tile("Sent"),
    };
    this.in = tile("Received / s");
    this.out = tile("Sent / s");
    const tiles = [...Object.values(this.tiles), this.in, this.out];
    this.element = el("dl", { class: "tiles" }, ...tiles.map(({ element }) => element));
    this.last = null;
  }

  update({ server }, { at }) {
    for (const [name, shown] of Object.entries(this.tiles)) {
      const value = server?.[name];
      shown.set(name === "received" || name === "sent" ? bytes(value) : count(value));
    }
    for (const name of ["malformed", "late", "crowded", "tls_failed"]) {
      this.tiles[name].value.dataset.state = server?.[name] > 0 ? "warn" : "";
    }
    const passed = this.last && (at - this.last.at) / 1000;
    if (passed > 0 && server) {
      this.in.set(`${bytes(Math.max(0, server.received - this.last.received) / passed)}/s`);
      this.out.set(`${bytes(Math.max(0, server.sent - this.last.sent) / passed)}/s`);
    }
    this.last = server ? { at, received: server.received, sent: server.sent } : null;
  }
}
