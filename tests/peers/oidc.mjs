// oidc-provider, whose folder is the first argument, for the service whose origin is the second. It prints its port.
// Its accounts have any name and any password; `ada` is an editor. What it logs goes to standard error.

import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [folder, service] = process.argv.slice(2);
// It warns of what a test may do.
console.log = console.info = console.warn = () => {};
const { Provider } = await import(pathToFileURL(`${folder}/lib/index.js`));

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [
      {
        client_id: "shop",
        client_secret: "a secret / of the shop",
        redirect_uris: [`${service}/auth/callback`],
        post_logout_redirect_uris: [`${service}/bye`],
        backchannel_logout_uri: `${service}/auth/logout/backchannel`,
        backchannel_logout_session_required: true,
        grant_types: ["authorization_code", "refresh_token"],
      },
    ],
    claims: { openid: ["sub", "roles"] },
    cookies: { keys: ["not a secret, as this is a test"] },
    features: { backchannelLogout: { enabled: true } },
    // It asks nobody on the machine itself otherwise, and has no time for a machine that is busy.
    fetch: (url, { dispatcher, signal, ...options }) => fetch(url, options),
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, roles: accountId === "ada" ? ["editor"] : [] }),
    }),
    pkce: { required: () => true },
    // Ends at once, so that it has to be refreshed.
    ttl: { AccessToken: 20 },
  });
  for (const event of ["server_error", "backchannel.error", "grant.error", "authorization.error", "end_session.error"]) {
    provider.on(event, (...args) => console.error(event, ...args.filter((arg) => arg instanceof Error)));
  }
  server.on("request", provider.callback());
  process.stdout.write(`${port}\n`);
});
