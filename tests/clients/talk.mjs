// How a client talks with the test that has started it: a line of JSON each way, one after the other.

import { createInterface } from 'node:readline';
import { webcrypto } from 'node:crypto';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** What the test says next. */
export async function heard() {
  const { value, done } = await lines.next();
  if (done) throw new Error('the test has nothing more to say');
  return JSON.parse(value);
}

/** Says something, and waits for what the test answers. */
export async function ask(question) {
  process.stdout.write(`${JSON.stringify(question)}\n`);
  return heard();
}

/** Says that everything went as it should. */
export function done(found) {
  process.stdout.write(`${JSON.stringify({ done: found })}\n`, () => process.exit(0));
}

/** A key pair for signatures; the private half never leaves this process. */
export async function keyPair(algorithm) {
  const how = algorithm === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' };
  const pair = await webcrypto.subtle.generateKey(how, false, ['sign', 'verify']);
  return { pair, jwk: await webcrypto.subtle.exportKey('jwk', pair.publicKey) };
}

/** How to sign in: by what the test has told, or by a key pair that it registers. */
export async function signIn(told, { ClientSecretBasic, ClientSecretPost, PrivateKeyJwt }) {
  if (told.method === 'client_secret_basic') return ClientSecretBasic(told.secret);
  if (told.method === 'client_secret_post') return ClientSecretPost(told.secret);
  const { pair, jwk } = await keyPair(told.algorithm);
  await ask({ jwks: { keys: [{ ...jwk, kid: 'of the client' }] } });
  return PrivateKeyJwt({ key: pair.privateKey, kid: 'of the client' });
}

/** Whom a token is for, and what it opens. */
export const BRAND = JSON.stringify({ query: '{ brand { slug } }' });

/** What a customer has given. */
export function profile(id) {
  const query = 'query($id: ID!) { profile(by: { id: $id }, purpose: CUSTOMER_CARE) { name { displayName } } }';
  return JSON.stringify({ query, variables: { id } });
}
