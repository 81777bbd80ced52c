// A browser with an authenticator, on a page of the server: it makes and uses passkeys by the options that the server has
// given, and answers with what a page would send back. Nothing is loaded into the page, so that its policy stays as it is.

import puppeteer from 'puppeteer-core';
import { ask, done, heard } from './talk.mjs';

const { program, folder, page: address, authenticator } = await heard();
const browser = await puppeteer.launch({
  executablePath: program,
  userDataDir: folder,
  // Without a connection of its own it ends with this process, however that ends.
  pipe: true,
  // The suite may run as root, for whom there is no sandbox.
  args: ['--no-sandbox'],
});
const [page] = await browser.pages();
await page.goto(address);
const protocol = await page.createCDPSession();
await protocol.send('WebAuthn.enable');
const { authenticatorId } = await protocol.send('WebAuthn.addVirtualAuthenticator', { options: authenticator });

// Runs in the page.
const perform = async ({ create, get }) => {
  const { parseCreationOptionsFromJSON: creation, parseRequestOptionsFromJSON: request } = PublicKeyCredential;
  try {
    const credential = create
      ? await navigator.credentials.create({ publicKey: creation.call(PublicKeyCredential, create) })
      : await navigator.credentials.get({ publicKey: request.call(PublicKeyCredential, get) });
    return { credential: credential.toJSON() };
  } catch (error) {
    return { refused: error.name };
  }
};

let told = await ask({ ready: true });
while (!told.close) {
  if ('isUserVerified' in told) {
    await protocol.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: told.isUserVerified });
    told = await ask({});
  } else if (told.open) {
    await page.goto(told.open);
    told = await ask({});
  } else {
    told = await ask(await page.evaluate(perform, told));
  }
}
await browser.close();
done({});
