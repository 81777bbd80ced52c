#!/bin/sh
# Rebuilds explorer.js, explorer.css, LICENSES and SHA256SUMS from entry.js, entry.css and shims.js, with exactly the
# packages of package-lock.json (GraphiQL 4.1.2, the last on CodeMirror 5: no workers, no eval; React 18.3.1; esbuild 0.28.2).
# Needs Node 20 or later and npm with any registry. The result is the same byte for byte: `git diff` after it shows nothing.
# To move to other versions: edit package.json, run `npm install --package-lock-only --omit-lockfile-registry-resolved`, build.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cp "$here"/package.json "$here"/package-lock.json "$here"/entry.js "$here"/entry.css "$here"/shims.js "$here"/licenses.cjs .
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

# Of Headless UI only the combo box is used. Its parts, like every package here, are found by path: nothing is fetched at run time.
npx --no-install esbuild entry.js --outfile=explorer.js --bundle --minify --format=iife --target=es2022 --charset=utf8 \
  --loader:.js=jsx --jsx=automatic --define:process.env.NODE_ENV='"production"' --legal-comments=none \
  --banner:js='/* Built by build.sh; licences: LICENSES */' --banner:css='/* Built by build.sh; licences: LICENSES */' \
  --metafile=meta.json --log-level=warning \
  --alias:framer-motion=./shims.js --alias:react-style-singleton=./shims.js --alias:entities=./shims.js \
  --alias:@tanstack/react-virtual=./shims.js \
  --alias:@headlessui/react=./node_modules/@headlessui/react/dist/components/combobox/combobox.js

# Embedded fonts (350 kB) and pictures go: system fonts and plain colours do (entry.css), and the policy needs no data: source.
sed -E -i.orig 's/@font-face *\{[^}]*\}//g; s/background-image: *url\("?data:[^)]*\);?//g' explorer.css
if grep -E -o '(url\(|@import)[^;}]{0,60}' explorer.css; then echo 'explorer.css would fetch something' >&2; exit 1; fi

node licenses.cjs meta.json > LICENSES
cp explorer.js explorer.css LICENSES "$here"
cd "$here"
sha256sum explorer.js explorer.css LICENSES index.html samples.json entry.js entry.css shims.js licenses.cjs package.json package-lock.json build.sh > SHA256SUMS
