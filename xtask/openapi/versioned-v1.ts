// What a client of the oldest version may write, and what it may not. `cargo xtask openapi` compiles it with the types that
// openapi-typescript makes of its document.

import type { paths } from "./openapi";

type Added = paths["/api/v1/users"]["post"]["requestBody"]["content"]["application/json"];

const user: Added = { name: "Ada Lovelace" };

// @ts-expect-error: names had one part.
const later: Added = { given: "Ada", family: "Lovelace" };

const count: paths["/api/v1/users/count"]["get"]["responses"][200]["content"]["application/json"] = 1;

export { count, later, user };
