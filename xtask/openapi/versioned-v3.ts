// What a client of the newest version may write, and what it may not. `cargo xtask openapi` compiles it with the types that
// openapi-typescript makes of its document.

import type { paths } from "./openapi";

type Added = paths["/api/v3/users"]["post"]["requestBody"]["content"]["application/json"];

const user: Added = { given: "Ada", family: null, languages: ["en"] };

// @ts-expect-error: names have two parts by now.
const former: Added = { name: "Ada Lovelace" };

// @ts-expect-error: users are not counted any more.
type Count = paths["/api/v3/users/count"];

const languages: paths["/api/v3/languages"]["get"]["responses"][200]["content"]["application/json"] = ["en"];

export { former, languages, user };
export type { Count };
