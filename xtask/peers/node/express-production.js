// Express with the middleware that its guides recommend for production.

import { randomUUID } from "node:crypto";
import compression from "compression";
import cors from "cors";
import { rateLimit } from "express-rate-limit";
import helmet from "helmet";
import { pino } from "pino";
import { pinoHttp } from "pino-http";
import prometheus from "prom-client";
import { run } from "./contract.js";
import { addRoutes, newApp } from "./express-app.js";

prometheus.collectDefaultMetrics();
const duration = new prometheus.Histogram({
  name: "http_request_duration_seconds",
  help: "Time from the request's head to the response's end.",
  labelNames: ["method", "route", "status"],
});

function measure(req, res, next) {
  const stop = duration.startTimer();
  res.once("finish", () =>
    stop({ method: req.method, route: req.route?.path ?? "-", status: res.statusCode }),
  );
  next();
}

function requestId(req, res) {
  const id = req.headers["x-request-id"] ?? randomUUID();
  res.setHeader("x-request-id", id);
  return id;
}

const accessLog = pinoHttp({
  // Pino's advice for throughput: buffer, and write off the request's path.
  logger: pino(pino.destination({ dest: "/dev/null", minLength: 4096, sync: false })),
  genReqId: requestId,
});

const app = newApp()
  .use(measure)
  .use(accessLog)
  .use(helmet())
  .use(cors({ origin: "https://app.example.com" }))
  // A limit that no run reaches: what is measured is the counting.
  .use(rateLimit({ windowMs: 60_000, limit: 1e9, standardHeaders: "draft-8", legacyHeaders: false }))
  // Answers that fit one packet gain nothing from compression.
  .use(compression({ threshold: 1400 }));

addRoutes(app);
app.get("/metrics", async (req, res) => {
  res.type(prometheus.register.contentType).send(await prometheus.register.metrics());
});

run((port) => app.listen(port, "127.0.0.1"));
