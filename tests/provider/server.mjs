// A certified OpenID provider (oidc-provider) for the suite. One line of JSON on standard input says who is known:
//   { "clients": [..], "people": { "ada": { "sub": "1", "preferred_username": "ada", .. } } }
// The issuer is the first line on standard output. Instead of typing a password, whoever signs in says so in a header:
// `x-sign-in: ada`. It ends when its standard input does.
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

// Node 18 has it, but not there.
globalThis.crypto ??= webcrypto;
const { default: Provider } = await import('oidc-provider');

const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit(0));
const { clients, people } = JSON.parse(await new Promise((resolve) => lines.once('line', resolve)));

const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const provider = new Provider(issuer, {
  clients,
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] },
  cookies: { keys: ['a key of the suite'] },
  features: { devInteractions: { enabled: false } },
  claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'] },
  interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (context, id) => ({ accountId: id, claims: () => Object.values(people).find(({ sub }) => sub === id) }),
});

// Signs in whoever is named, and agrees to everything.
async function interact(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    const person = people[request.headers['x-sign-in']];
    const result = person
      ? { login: { accountId: person.sub } }
      : { error: 'access_denied', error_description: 'nobody signed in' };
    return provider.interactionFinished(request, response, result);
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

const handle = provider.callback();
server.on('request', (request, response) => {
  const done = request.url.startsWith('/interaction/') ? interact(request, response) : handle(request, response);
  Promise.resolve(done).catch(() => response.writeHead(500).end());
});
console.log(issuer);
