// What the authors of graphql-http and graphql-ws hold a server against. The first argument is the folder of their packages,
// the second what is to be done, the third the address of the server.
import { createRequire } from 'node:module';

const [packages, command, url] = process.argv.slice(2);
const require = createRequire(`${packages}/`);

const commands = {
  // Every audit of graphql-http: what it is called, and how the server has done.
  async audit() {
    const { serverAudits } = require('graphql-http');
    const results = await Promise.all(serverAudits({ url }).map((audit) => audit.fn()));
    return results.map(({ name, status, reason }) => ({ name, status, reason }));
  },
};

console.log(JSON.stringify(await commands[command]()));
