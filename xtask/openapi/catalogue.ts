// What a client of the catalogue may write, and what it may not. `cargo xtask openapi` compiles it with the types that
// openapi-typescript makes of each document.

import type { components, operations, paths } from "./openapi";

type Schemas = components["schemas"];
type Body<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  requestBody: { content: { "application/json": infer Content } };
}
  ? Content
  : never;

const book: Body<"/books", "post"> = { isbn: "9780141439518", title: "Pride and Prejudice", year: 1813, genre: null };

// @ts-expect-error: a book has a year.
const undated: Body<"/books", "post"> = { isbn: "9780141439518", title: "Pride and Prejudice" };

const hall: Schemas["Shelf"] = { name: "hall", shelves: [{ name: "left", shelves: [] }] };
const late: Body<"/fines", "post"> = { for: "late", days: 3 };

// @ts-expect-error: what is late is not told in words.
const wrong: Body<"/fines", "post"> = { for: "late", what: "a page" };

const sort: NonNullable<paths["/books"]["get"]["parameters"]["query"]>["sort"] = "title";
const seat: paths["/seat"]["get"]["parameters"]["header"] = { "x-seat": "A01" };
const theme: NonNullable<paths["/theme"]["get"]["parameters"]["cookie"]>["theme"] = "dark";
const denied: operations["get_loans"]["responses"][401]["content"]["application/problem+json"] = {
  type: "about:blank",
  title: "Unauthorized",
  status: 401,
};

export { book, denied, hall, late, seat, sort, theme, undated, wrong };
