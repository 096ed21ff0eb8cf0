// What the authors of graphql-http, graphql-ws and graphql-sse hold a server against. The first argument is the folder of their
// packages, the second what is to be done, the third the address of the server.
import { createRequire } from 'node:module';

const [packages, command, url] = process.argv.slice(2);
const require = createRequire(`${packages}/`);

// Every answer of an operation, in order, as their clients give it.
async function collect(client, query, variables) {
  const answers = [];
  for await (const answer of client.iterate({ query, variables })) {
    answers.push(answer);
  }
  return answers;
}

const failure = (promise) => promise.then(() => null, (error) => ({ code: error.code, errors: error, message: String(error) }));

const commands = {
  // Every audit of graphql-http: what it is called, and how the server has done.
  async audit() {
    const { serverAudits } = require('graphql-http');
    const results = await Promise.all(serverAudits({ url }).map((audit) => audit.fn()));
    return results.map(({ name, status, reason }) => ({ name, status, reason }));
  },

  // What the client of graphql-ws makes of the server.
  async sockets() {
    const { createClient } = require('graphql-ws');
    const webSocketImpl = require('ws');
    const address = url.replace('http:', 'ws:');
    const open = (options) => createClient({ url: address, webSocketImpl, retryAttempts: 0, ...options });
    const client = open({ keepAlive: 10 });
    const said = {
      query: await collect(client, 'query($n: String) { hello(name: $n) }', { n: 'there' }),
      mutation: await collect(client, 'mutation { write(title: "x") }'),
      subscription: await collect(client, 'subscription { count(to: 5) }'),
      invalid: await failure(collect(client, '{ nothing }')),
    };
    const many = Array.from({ length: 20 }, (_, to) => collect(client, 'subscription($to: Int!) { count(to: $to) }', { to }));
    said.together = (await Promise.all(many)).map((answers) => answers.length);
    // One that never ends is stopped by its client, and the socket goes on.
    const endless = client.iterate({ query: 'subscription { forever }' });
    const first = endless.next();
    await endless.return();
    await first;
    said.after = await collect(client, '{ hello }');
    await client.dispose();
    const eve = open({ connectionParams: { Authorization: 'Bearer eve' } });
    said.stranger = await failure(collect(eve, '{ hello }'));
    said.protocol = await new Promise((resolve) => {
      new webSocketImpl(address).on('close', (code) => resolve(code)).on('error', (error) => resolve(String(error)));
    });
    return said;
  },

  // What the client of graphql-sse makes of it.
  async events() {
    const { createClient } = require('graphql-sse');
    const client = createClient({ url, retryAttempts: 0 });
    const said = {
      query: await collect(client, '{ hello }'),
      subscription: await collect(client, 'subscription { count(to: 5) }'),
      invalid: await failure(collect(client, '{ nothing }')),
    };
    client.dispose();
    return said;
  },

  // What it makes of files that are sent as browsers send them.
  async files() {
    const send = async (files, headers) => {
      const form = new FormData();
      const query = 'mutation($files: [Upload!]!) { lengths(files: $files) }';
      form.append('operations', JSON.stringify({ query, variables: { files: files.map(() => null) } }));
      form.append('map', JSON.stringify(Object.fromEntries(files.map((_, at) => [at, [`variables.files.${at}`]]))));
      files.forEach((file, at) => form.append(String(at), file, `file "${at}".bin`));
      const answer = await fetch(url, { method: 'POST', body: form, headers });
      return { status: answer.status, answer: await answer.json() };
    };
    const file = (length) => new Blob([new Uint8Array(length).fill(13)], { type: 'application/octet-stream' });
    const asked = { 'graphql-preflight': '1' };
    return {
      taken: await send([file(0), file(100000), file(7)], asked),
      simple: await send([file(1)], {}),
      many: await send([file(1), file(1), file(1), file(1)], asked),
    };
  },
};

console.log(JSON.stringify(await commands[command]()));
// A client of theirs may keep a timer.
process.exit(0);
