// Express with routes and nothing else.

import { run } from "./contract.js";
import { addRoutes, newApp } from "./express-app.js";

run((port) => addRoutes(newApp()).listen(port, "127.0.0.1"));
