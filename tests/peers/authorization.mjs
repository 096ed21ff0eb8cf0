// An authorization server by oidc-provider, whose folder is the first argument. It says where it is, on standard output, then
// does what it is told on standard input, a line of JSON each, and ends with it.

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
// What it has to say of itself is no answer.
console.info = console.log = console.warn = console.error;

const [folder] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(`${folder}/lib/index.js`));

const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const resource = "urn:stock";
const client = (name, method) => ({
  client_id: name,
  client_secret: `secret of ${name}: 100% + more`,
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: method,
});
const provider = new Provider(issuer, {
  clients: [client("by basic", "client_secret_basic"), client("by post", "client_secret_post")],
  cookies: { keys: [randomBytes(16).toString("hex")] },
  scopes: ["offline_access", "stock:read", "stock:write"],
  ttl: { ClientCredentials: 600, AccessToken: 600 },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ audience: resource, scope: "stock:read stock:write", accessTokenFormat: "opaque" }),
    },
    revocation: { enabled: true },
  },
});
server.on("request", provider.callback());

const commands = {
  // A token of a user, as a login would have given it.
  async give({ kind, seconds = 600, audience = resource, scope = "stock:read", client: clientId = "by basic" }) {
    const grant = new provider.Grant({ accountId: "ada", clientId });
    const grantId = await grant.save();
    const token = new provider[kind]({
      accountId: "ada",
      client: await provider.Client.find(clientId),
      grantId,
      scope,
      expiresIn: seconds,
    });
    // A refresh token is for no service.
    if (kind === "AccessToken") token.resourceServer = new provider.ResourceServer(audience, { audience, scope, accessTokenFormat: "opaque" });
    return { token: await token.save(), grant: grantId };
  },
  async revoke({ grant }) {
    await (await provider.Grant.find(grant)).destroy();
    return {};
  },
};
say({ issuer });
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...options } = JSON.parse(line);
  say(await commands[command](options));
}
process.exit(0);
