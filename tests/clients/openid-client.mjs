// openid-client against a server: discovery, client credentials, code with PKCE (pushed or not), refreshing, introspection
// and revocation.

import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { BRAND, ask, done, heard, profile, signIn } from './talk.mjs';

const told = await heard();
const { issuer, clientId, redirectUri } = told;
const insecure = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] };
const config = await client.discovery(new URL(issuer), clientId, undefined, await signIn(told, client), insecure);
assert.equal(config.serverMetadata().issuer, issuer);

const bound = told.dpop ? { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair(told.dpop)) } : {};
const kind = told.dpop ? 'dpop' : 'bearer';
const json = new Headers({ 'content-type': 'application/json' });
const read = async (token, body) => {
  const url = new URL('/graphql', issuer);
  const answer = await client.fetchProtectedResource(config, token, url, 'POST', body, json, bound);
  return (await answer.json()).data;
};

// For itself.
const own = await client.clientCredentialsGrant(config, { scope: 'name:read' }, bound);
assert.equal(own.token_type, kind);
assert.equal((await read(own.access_token, BRAND)).brand.slug, 'bank');

// For a customer.
const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const parameters = {
  redirect_uri: redirectUri,
  scope: 'name:read',
  purpose: 'CUSTOMER_CARE',
  state,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
};
const open = told.par
  ? await client.buildAuthorizationUrlWithPAR(config, parameters, bound)
  : client.buildAuthorizationUrl(config, parameters);
assert.equal(open.searchParams.has('request_uri'), told.par);
const back = new URL((await ask({ open: open.href })).back);
const checks = { pkceCodeVerifier: verifier, expectedState: state };
for (const iss of ['https://other.example', null]) {
  const forged = new URL(back);
  forged.searchParams.delete('iss');
  if (iss) forged.searchParams.set('iss', iss);
  const refused = client.authorizationCodeGrant(config, forged, checks, {}, bound);
  await assert.rejects(refused, (error) => /"iss"/.test(error.cause?.message));
}
const tokens = await client.authorizationCodeGrant(config, back, checks, {}, bound);
assert.equal(tokens.token_type, kind);
const given = await read(tokens.access_token, profile(tokens.profile_id));
assert.equal(given.profile.name.displayName, told.name);

// The next tokens.
const next = await client.refreshTokenGrant(config, tokens.refresh_token, {}, bound);
assert.notEqual(next.refresh_token, tokens.refresh_token);
assert.equal((await read(next.access_token, profile(next.profile_id))).profile.name.displayName, told.name);

// What they are worth.
const worth = async (token) => client.tokenIntrospection(config, token);
const said = await worth(next.access_token);
assert.deepEqual([said.active, said.client_id, said.iss], [true, clientId, issuer]);
assert.equal(Boolean(said.cnf?.jkt), Boolean(told.dpop));
assert.equal((await worth(next.refresh_token)).active, true);
assert.equal((await worth(tokens.refresh_token)).active, false);

// Given back.
await client.tokenRevocation(config, own.access_token);
assert.equal((await worth(own.access_token)).active, false);

// Used twice: the whole family is over.
const refused = await client.refreshTokenGrant(config, tokens.refresh_token, {}, bound).catch((error) => error);
assert.equal(refused.error, 'invalid_grant');
assert.equal((await worth(next.refresh_token)).active, false);
assert.equal((await worth(next.access_token)).active, false);

done({ profile: tokens.profile_id });
