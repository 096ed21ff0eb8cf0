// The routes of both Express peers.

import express from "express";
import { BODY_LIMIT, FURTHER, HELLO, furtherRoutes, user } from "./contract.js";

// Express recommends switching off `x-powered-by`; ETags go too, so that all peers hash nothing.
export function newApp() {
  return express().disable("x-powered-by").disable("etag");
}

export function addRoutes(app) {
  app.get("/plaintext", (req, res) => res.type("text/plain").send(HELLO));
  app.get("/users/:id", (req, res) => {
    const id = Number(req.params.id);
    if (!Number.isSafeInteger(id) || id < 0) return res.sendStatus(400);
    res.json(user(id));
  });
  app.post("/echo", express.json({ limit: BODY_LIMIT }), (req, res) => res.json(req.body));
  for (const [method, template] of furtherRoutes) {
    app[method.toLowerCase()](template, (req, res) => res.type("text/plain").send(FURTHER));
  }
  return app;
}
