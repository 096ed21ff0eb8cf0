// Tokens by jose, whose folder is the first argument: `issue` prints some of every algorithm, `verify` says what one of
// ours, on standard input, is to it.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, command] = process.argv.slice(2);
const jose = await import(pathToFileURL(`${folder}/dist/webapi/index.js`));
const [issuer, audience] = ["https://id.example.com", "shop"];
const bytes = new Uint8Array(64).map((_, index) => index);
const claims = () => ({ iss: issuer, aud: audience, sub: "ada" });
const signed = (alg, ends = "10m") =>
  new jose.SignJWT(claims()).setProtectedHeader({ alg, kid: alg, typ: "JWT" }).setIssuedAt().setExpirationTime(ends);

const commands = {
  async issue() {
    const tokens = [];
    for (const alg of ["HS256", "HS384", "HS512"]) {
      tokens.push({ token: await signed(alg).sign(bytes), key: { kty: "oct", k: jose.base64url.encode(bytes), alg, kid: alg } });
    }
    for (const alg of ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519"]) {
      const pair = await jose.generateKeyPair(alg);
      const key = { ...(await jose.exportJWK(pair.publicKey)), alg, kid: alg, use: "sig" };
      tokens.push({ token: await signed(alg).sign(pair.privateKey), key });
    }
    return tokens;
  },
  // With a secret of zeros.
  async forge() {
    const secret = new Uint8Array(64);
    const text = new TextEncoder().encode(JSON.stringify({ ...claims(), exp: 9999999999 }));
    const compact = (header) => new jose.CompactSign(text).setProtectedHeader(header).sign(secret);
    return [
      new jose.UnsecuredJWT(claims()).setExpirationTime("10m").encode(),
      await new jose.EncryptJWT(claims()).setProtectedHeader({ alg: "dir", enc: "A256CBC-HS512" }).setExpirationTime("10m").encrypt(secret),
      await compact({ alg: "HS256", b64: true, crit: ["b64"] }),
      await compact({ alg: "HS256", cty: "JWT" }),
      await compact({ alg: "HS256", typ: "logout+jwt" }),
      await signed("HS256", "-10m").sign(secret),
    ];
  },
  async verify() {
    const { jwks, token } = JSON.parse(readFileSync(0, "utf8"));
    const options = { issuer, audience, requiredClaims: ["exp", "iat", "sub"] };
    return (await jose.jwtVerify(token, jose.createLocalJWKSet(jwks), options)).payload;
  },
};
console.log(JSON.stringify(await commands[command]()));
