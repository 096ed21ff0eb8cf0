// What every Node peer shares: where it listens, and the payloads it answers with.

import cluster from "node:cluster";
import { readFileSync } from "node:fs";

export const HELLO = "Hello, World!";
export const FURTHER = "a further route";
export const BODY_LIMIT = 64 * 1024;

export const user = (id) => ({ id, name: "Ada Lovelace", email: "ada@example.com" });

// The routes beyond the measured three, with parameters in the `:name` form that both routers read.
export const furtherRoutes = readFileSync(new URL("../routes.txt", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => line.split(" "))
  .map(([method, template]) => [method, template.replace(/\{(\w+)\}/g, ":$1")]);

// Calls `listen(port)` in this process, or in `THREADS` cluster workers where more than one is asked for.
export function run(listen) {
  const threads = Number(process.env.THREADS ?? 1);
  if (threads > 1 && cluster.isPrimary) {
    for (let i = 0; i < threads; i++) cluster.fork();
  } else {
    listen(Number(process.env.PORT));
  }
}
