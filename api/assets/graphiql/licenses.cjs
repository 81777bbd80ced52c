// Writes the licence texts of the packages that really are in the bundle: node licenses.cjs META.json > LICENSES
const { readFileSync, readdirSync } = require('node:fs');

// For packages that name MIT but carry no text of it.
const MIT = `The MIT License (MIT)

Copyright (c) HOLDER

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
(the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge,
publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE
FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION
WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const { inputs } = Object.values(JSON.parse(readFileSync(process.argv[2], 'utf8')).outputs).find(({ entryPoint }) => entryPoint);
const folders = new Set(['node_modules/graphiql']);
for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
  const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path);
  if (folder && bytesInOutput > 0) folders.add(folder[0]);
}

const texts = new Map(); // text -> packages under it
for (const folder of [...folders].sort()) {
  const { name, version, license, author } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const holder = typeof author === 'string' ? author : author?.name;
  const text = file ? readFileSync(`${folder}/${file}`, 'utf8').replace(/\r/g, '').trim()
    : MIT.replace('HOLDER', holder ?? 'its contributors');
  if (!license || (!file && license !== 'MIT')) throw new Error(`licence text to be added by hand: ${folder}`);
  texts.set(text, [...(texts.get(text) ?? []), `${name} ${version} (${license})`]);
}
console.log('explorer.js and explorer.css contain parts of the following packages.');
for (const [text, packages] of texts) console.log(`\n${'-'.repeat(100)}\n${packages.join('\n')}\n\n${text}`);
