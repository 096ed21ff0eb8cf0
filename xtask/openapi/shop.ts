// What a client of the shop may write, and what it may not. `cargo xtask openapi` compiles it with the types that
// openapi-typescript makes of each document.

import type { components, operations, paths } from "./openapi";

type Schemas = components["schemas"];

const home: Schemas["Address"] = { city: "London", country: "GB" };
const customer: Schemas["Customer"] = { name: "Ada", email: "ada@example.com", home, born: null };
const nobody: Schemas["Customer"] = { name: "Ada", email: "ada@example.com", home: null };

// @ts-expect-error: a customer has a name.
const nameless: Schemas["Customer"] = { email: "ada@example.com" };

// The discriminator tells the ways to pay apart.
function paidBy(payment: Schemas["Payment"]): string {
  switch (payment.by) {
    case "card":
      return payment.number;
    case "bank-transfer":
      return payment.iban;
    case "voucher":
      return payment.code;
  }
}

// @ts-expect-error: a card has no code.
const wrong: Schemas["Payment"] = { by: "card", code: "12345678" };

const sort: NonNullable<paths["/customers"]["get"]["parameters"]["query"]>["sort"] = "joined";
const file: operations["get_files_by_path"]["parameters"]["path"] = { path: "a/b" };
const tree: Schemas["Category"] = { name: "all", parent: null, children: [{ name: "books" }] };
const problem: operations["get_customers_by_id"]["responses"][404]["content"]["application/problem+json"] = {
  type: "about:blank",
  title: "Not Found",
  status: 404,
};

export { customer, file, nameless, nobody, paidBy, problem, sort, tree, wrong };
