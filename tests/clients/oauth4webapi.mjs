// oauth4webapi against a server: the same as openid-client.mjs, step by step as this library wants it.

import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import { BRAND, ask, done, heard, profile, signIn } from './talk.mjs';

const told = await heard();
const { issuer, clientId, redirectUri } = told;
const insecure = { [oauth.allowInsecureRequests]: true };
const found = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...insecure });
const server = await oauth.processDiscoveryResponse(new URL(issuer), found);
const client = { client_id: clientId };
const auth = await signIn(told, oauth);
assert.ok(server.token_endpoint_auth_methods_supported.includes(told.method));

const bound = told.dpop ? { DPoP: oauth.DPoP(client, await oauth.generateKeyPair(told.dpop)) } : {};
const kind = told.dpop ? 'dpop' : 'bearer';
const options = { ...insecure, ...bound };
const json = new Headers({ 'content-type': 'application/json' });
const read = async (token, body) => {
  const url = new URL('/graphql', issuer);
  const answer = await oauth.protectedResourceRequest(token, 'POST', url, json, body, options);
  return (await answer.json()).data;
};

// For itself.
const granted = await oauth.clientCredentialsGrantRequest(server, client, auth, { scope: 'name:read' }, options);
const own = await oauth.processClientCredentialsResponse(server, client, granted);
assert.equal(own.token_type, kind);
assert.equal((await read(own.access_token, BRAND)).brand.slug, 'bank');

// For a customer.
const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const parameters = {
  client_id: clientId,
  redirect_uri: redirectUri,
  response_type: 'code',
  scope: 'name:read',
  purpose: 'CUSTOMER_CARE',
  state,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
};
const open = new URL(server.authorization_endpoint);
if (told.par) {
  const pushed = await oauth.pushedAuthorizationRequest(server, client, auth, parameters, options);
  const { request_uri } = await oauth.processPushedAuthorizationResponse(server, client, pushed);
  open.search = new URLSearchParams({ client_id: clientId, request_uri }).toString();
} else {
  open.search = new URLSearchParams(parameters).toString();
}
const back = new URL((await ask({ open: open.href })).back);
for (const iss of ['https://other.example', null]) {
  const forged = new URL(back);
  forged.searchParams.delete('iss');
  if (iss) forged.searchParams.set('iss', iss);
  assert.throws(() => oauth.validateAuthResponse(server, client, forged, state), /iss/);
}
const answered = oauth.validateAuthResponse(server, client, back, state);
const redeemed =
  await oauth.authorizationCodeGrantRequest(server, client, auth, answered, redirectUri, verifier, options);
const tokens = await oauth.processAuthorizationCodeResponse(server, client, redeemed);
assert.equal(tokens.token_type, kind);
const given = await read(tokens.access_token, profile(tokens.profile_id));
assert.equal(given.profile.name.displayName, told.name);

// The next tokens.
const refresh = async (token) => {
  const answer = await oauth.refreshTokenGrantRequest(server, client, auth, token, options);
  return oauth.processRefreshTokenResponse(server, client, answer);
};
const next = await refresh(tokens.refresh_token);
assert.notEqual(next.refresh_token, tokens.refresh_token);
assert.equal((await read(next.access_token, profile(next.profile_id))).profile.name.displayName, told.name);

// What they are worth.
const worth = async (token) => {
  const answer = await oauth.introspectionRequest(server, client, auth, token, insecure);
  return oauth.processIntrospectionResponse(server, client, answer);
};
const said = await worth(next.access_token);
assert.deepEqual([said.active, said.client_id, said.iss], [true, clientId, issuer]);
assert.equal(Boolean(said.cnf?.jkt), Boolean(told.dpop));
assert.equal((await worth(tokens.refresh_token)).active, false);

// Given back.
await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, own.access_token, insecure));
assert.equal((await worth(own.access_token)).active, false);

// Used twice: the whole family is over.
const refused = await refresh(tokens.refresh_token).catch((error) => error);
assert.equal(refused.error, 'invalid_grant');
assert.equal((await worth(next.refresh_token)).active, false);
assert.equal((await worth(next.access_token)).active, false);

done({ profile: tokens.profile_id });
