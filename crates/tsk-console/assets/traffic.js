// How much is asked, how it ends, and how long it takes.

import { el, tile } from "./dom.js";
import { Chart } from "./chart.js";
import { count, isNumber, percent, rate, seconds, span } from "./format.js";

const per = (field) => (point) => (point.seconds > 0 ? Math.max(0, field(point)) / point.seconds : 0);

export class Traffic {
  title = "Traffic";
  wants = ["http", "server"];

  constructor() {
    this.now = tile("Requests / s", "Since the last look");
    this.minute = tile("In the last minute");
    this.errors = tile("Failed", "Answered with 5xx, or not to the end, in the last minute");
    this.p50 = tile("Median", "Half of the last minute's requests took less");
    this.p99 = tile("99 %", "99 of 100 of the last minute's requests took less");
    this.busy = tile("In flight", "Connections with a request at this moment");
    this.up = tile("Up for");
    const tiles = [this.now, this.minute, this.errors, this.p50, this.p99, this.busy, this.up];
    this.traffic = new Chart({
      title: "Requests a second",
      bars: true,
      format: rate,
      series: [
        { name: "answered", kind: "fine", value: per(({ requests, errors, cancelled }) => requests - errors - cancelled) },
        { name: "cancelled", kind: "warn", value: per(({ cancelled }) => cancelled) },
        { name: "failed", kind: "fail", value: per(({ errors }) => errors) },
      ],
    });
    this.latency = new Chart({
      title: "How long they take",
      format: seconds,
      series: [
        { name: "50 %", kind: "low", value: ({ p50 }) => p50 },
        { name: "90 %", kind: "middle", value: ({ p90 }) => p90 },
        { name: "99 %", kind: "high", value: ({ p99 }) => p99 },
      ],
    });
    this.element = el("div", {}, el("dl", { class: "tiles" }, ...tiles.map(({ element }) => element)),
      el("div", { class: "charts" }, this.traffic.element, this.latency.element));
    this.last = null;
  }

  update({ http, server }, { at }) {
    const { minute, start } = http?.all ?? {};
    if (start) {
      const passed = this.last && (at - this.last.at) / 1000;
      if (passed > 0) {
        this.now.set(rate(Math.max(0, start.requests - this.last.requests) / passed));
      }
      this.last = { at, requests: start.requests };
      this.minute.set(count(minute.requests));
      this.errors.set(percent(minute.errors, minute.requests));
      this.errors.value.dataset.state = minute.errors > 0 ? "fail" : "pass";
      this.p50.set(seconds(minute.p50));
      this.p99.set(seconds(minute.p99));
      this.up.set(span(start.seconds));
    }
    this.busy.set(count(server?.busy));
    this.busy.element.hidden = !isNumber(server?.busy);
    const points = Array.isArray(http?.history) ? http.history : [];
    this.traffic.update(points);
    this.latency.update(points);
  }
}
