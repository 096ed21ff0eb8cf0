// Fastify with routes and schemas, which it recommends for parsing and for serialising, and nothing else.

import Fastify from "fastify";
import { BODY_LIMIT, FURTHER, HELLO, furtherRoutes, run, user } from "./contract.js";

const string = { type: "string" };
const integer = { type: "integer" };
const array = (items) => ({ type: "array", items });
const object = (properties) => ({ type: "object", properties, required: Object.keys(properties) });

const identified = object({ id: { type: "integer", minimum: 0 } });
const userSchema = object({ id: integer, name: string, email: string });
const orderSchema = object({
  id: integer,
  customer: string,
  email: string,
  paid: { type: "boolean" },
  tags: array(string),
  lines: array(object({ sku: string, title: string, quantity: integer, cents: integer })),
  address: object({ street: string, city: string, postcode: string, country: string }),
  note: string,
});

const app = Fastify({ bodyLimit: BODY_LIMIT });

app.get("/plaintext", async (request, reply) => {
  reply.type("text/plain; charset=utf-8");
  return HELLO;
});
app.get(
  "/users/:id",
  { schema: { params: identified, response: { 200: userSchema } } },
  async (request) => user(request.params.id),
);
app.post("/echo", { schema: { body: orderSchema, response: { 200: orderSchema } } }, async (request) => request.body);
for (const [method, url] of furtherRoutes) {
  app.route({
    method,
    url,
    handler: async (request, reply) => {
      reply.type("text/plain; charset=utf-8");
      return FURTHER;
    },
  });
}

run((port) => app.listen({ port, host: "127.0.0.1" }));
