// Small stand-ins for four dependencies of GraphiQL, put in their place by build.sh (--alias): less to load, and no <style> elements.

import { createElement, forwardRef, useEffect } from 'react';

// framer-motion: GraphiQL uses it only to drag tabs about; here they stay where they are.
const plain = (tag) => forwardRef(({ as, axis, values, onReorder, value, ...props }, ref) => createElement(as ?? tag, { ...props, ref }));

export const Reorder = { Group: plain('ul'), Item: plain('li') };

// react-style-singleton: writes <style> elements, which a strict style-src refuses. The same interface over constructed
// style sheets, which the policy allows.
export function stylesheetSingleton() {
  let users = 0;
  let sheet = null;
  return {
    add(css) {
      if (users++ > 0) return;
      sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    },
    remove() {
      if (--users > 0) return;
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
      sheet = null;
    },
  };
}

export function styleHookSingleton() {
  const sheet = stylesheetSingleton();
  return (styles, dynamic) => useEffect(() => {
    sheet.add(styles);
    return () => sheet.remove();
  }, [styles && dynamic]);
}

export function styleSingleton() {
  const useStyle = styleHookSingleton();
  return ({ styles, dynamic }) => {
    useStyle(styles, dynamic);
    return null;
  };
}

// entities: markdown-it gives it one character reference at a time (matched by its own pattern, so never markup),
// and the browser knows them all.
const area = document.createElement('textarea');

export function decodeHTML(reference) {
  area.innerHTML = reference;
  return area.value;
}
export const decodeHTMLStrict = decodeHTML;

// @tanstack/react-virtual: only for combo boxes that ask for virtual lists, and the search of the documentation does not.
export function useVirtualizer() {
  throw new Error('virtual lists are not bundled');
}
