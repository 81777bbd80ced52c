// A browser in the hands of somebody, on the pages of the server: it finds things by what they are called and what they are
// (as a screen reader does), and uses them by mouse or by keyboard alone, with scripts or without.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import puppeteer from 'puppeteer-core';
import { ask, done, heard } from './talk.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.2, levels A and AA, and what axe-core recommends beyond. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
/** A page with more stops of the Tab key than this leads nowhere. */
const MOST_STOPS = 200;

const { program, folder, origin, width, scheme, language, scripts, keyboard, authenticator } = await heard();
const browser = await puppeteer.launch({
  executablePath: program,
  userDataDir: folder,
  pipe: true,
  args: ['--no-sandbox', `--lang=${language}`],
});
const [page] = await browser.pages();
const complaints = [];
page.on('pageerror', (error) => complaints.push(error.message));
page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
await page.setViewport({ width, height: 900 });
await page.setJavaScriptEnabled(scripts);
await page.setExtraHTTPHeaders({ 'accept-language': language });
await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);

// A device on which passkeys can be made.
if (authenticator) {
  const protocol = await page.createCDPSession();
  await protocol.send('WebAuthn.enable');
  await protocol.send('WebAuthn.addVirtualAuthenticator', { options: authenticator });
}

let status = 0;
page.on('response', (response) => { if (response.request().isNavigationRequest()) status = response.status(); });

const named = (role, name) => page.waitForSelector(`aria/${name}[role="${role}"]`, { timeout: 10_000 });

/** Comes to something as its user does: by the Tab key, and within a group of radio buttons by the arrows. */
async function reach(element) {
  if (!keyboard) return element.click();
  let key = 'Tab';
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press(key);
    const { there, inGroup } = await element.evaluate((node) => {
      const { activeElement: active } = document;
      return { there: node === active, inGroup: node.type === 'radio' && active.name === node.name };
    });
    if (there) return undefined;
    key = inGroup ? 'ArrowDown' : 'Tab';
  }
  throw new Error('the keyboard does not get there');
}

/** Presses something that leads to another page. */
async function press({ role, name }) {
  const element = await named(role, name);
  if (keyboard) await reach(element);
  const act = () => (keyboard ? page.keyboard.press('Enter') : element.click());
  await Promise.all([page.waitForNavigation({ timeout: 20_000 }), act()]);
}

/** Ticks a box or chooses one of several. */
async function tick({ role, name }) {
  const element = await named(role, name);
  await reach(element);
  if (keyboard) await page.keyboard.press('Space');
}

async function fill({ name, text }) {
  const element = await named('textbox', name);
  if (keyboard) await reach(element);
  else await element.click({ count: 3 });
  await page.keyboard.down('Control');
  await page.keyboard.press('a');
  await page.keyboard.up('Control');
  if (text === '') await page.keyboard.press('Backspace');
  else await page.keyboard.type(text);
}

/** What is there: for the eye, for the keyboard, and what axe-core finds. */
async function look({ zoom, judged }) {
  if (zoom) await page.evaluate((factor) => { document.documentElement.style.fontSize = `${factor * 100}%`; }, zoom);
  // Browsers move the focus to where a page wants it when they first paint it.
  await page.screenshot({ clip: { x: 0, y: 0, width: 1, height: 1 } });
  const seen = await page.evaluate(() => ({
    path: location.pathname,
    address: location.href,
    title: document.title,
    language: document.documentElement.lang,
    heading: document.querySelector('h1')?.innerText ?? '',
    text: document.body.innerText,
    focus: document.activeElement?.className || document.activeElement?.localName,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }));
  if (!judged) return { ...seen, status, complaints };
  // The policy of the page forbids foreign scripts; axe-core is one.
  const protocol = await page.createCDPSession();
  await protocol.send('Runtime.evaluate', { expression: axe });
  const { violations } = await page.evaluate((rules) => window.axe.run(document, { runOnly: rules }), RULES);
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  return { ...seen, status, complaints, found };
}

/** How two buttons look beside each other. */
async function compare({ names }) {
  const boxes = [];
  for (const name of names) {
    const element = await named('button', name);
    boxes.push(await element.evaluate((node) => {
      const { width, height } = node.getBoundingClientRect();
      const { color, backgroundColor, borderColor, fontSize, fontWeight } = getComputedStyle(node);
      return { width, height, color, backgroundColor, borderColor, fontSize, fontWeight };
    }));
  }
  const ticked = await page.$$eval('input:checked', (inputs) => inputs.length);
  const behind = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const canvas = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  return { boxes, ticked, behind, canvas };
}

const deeds = {
  open: async (path) => { await page.goto(origin + path); return {}; },
  press: async (what) => { await press(what); return {}; },
  tick: async (what) => { await tick(what); return {}; },
  fill: async (what) => { await fill(what); return {}; },
  select: async ({ name, value }) => {
    const element = await named('combobox', name);
    await reach(element);
    await element.select(value);
    return {};
  },
  headers: async (more) => { await page.setExtraHTTPHeaders({ 'accept-language': language, ...more }); return {}; },
  look,
  compare,
  more: async ({ name, list, rows }) => {
    await (await named('button', name)).click();
    await page.waitForFunction((selector, wanted) => document.querySelectorAll(selector).length >= wanted, {}, list, rows);
    return {};
  },
  shoot: async (path) => { await page.screenshot({ path, fullPage: true }); return {}; },
  cookies: async () => ({ cookies: await browser.cookies() }),
};

let told = await ask({ ready: true });
while (!told.close) {
  const [[deed, what]] = Object.entries(told);
  let answer;
  try {
    answer = await deeds[deed](what);
  } catch (error) {
    const text = await page.evaluate(() => document.body.innerText).catch(() => '');
    answer = { failed: `${deed} ${JSON.stringify(what)} at ${page.url()}: ${error.message}\n${text}` };
  }
  told = await ask(answer);
}
await browser.close();
done({});
