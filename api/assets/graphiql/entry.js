// The explorer at /graphiql: GraphiQL under a bar that says as whom requests are sent.
// Everything is bundled; at run time it fetches config.json (beside this script) and talks to the endpoint, nothing else.
// Tokens live in memory only: they are never written to storage, to a URL or to the query history.

import { useEffect, useMemo, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { GraphiQL } from 'graphiql';
import { ToolbarMenu, useEditorContext } from '@graphiql/react';
import { getIntrospectionQuery, Kind } from 'graphql';
import 'graphiql/style.css'; // includes those of its plug-ins
import './entry.css';

const CONFIG_URL = new URL('config.json', document.currentScript.src);
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';
const NOBODY = '';
const PASTED = 'pasted';
const WELCOME = '# Write an operation here. Ctrl-Space completes, Ctrl-Enter runs, the book on the left holds the schema.\n';

// ---- configuration

async function loadConfig() {
  const response = await fetch(CONFIG_URL, { cache: 'no-store', headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`config.json: HTTP ${response.status}`);
  const { endpoint = '/graphql', tabs = [], people = [] } = await response.json();
  const known = people.map(({ label, token }) => ({ label, token }));
  for (const { title, token } of tabs) {
    if (token && !known.some((person) => person.token === token)) known.push({ label: `as in "${title}"`, token });
  }
  return { endpoint, tabs, people: known };
}

// GraphiQL names a tab by its operation, so that name ties a tab to its sample.
const operationOf = (query) => /^(?!#).*(?:query|mutation|subscription)\s+(\w+)/m.exec(query)?.[1];

function actorOfSample(config, sample) {
  const person = config.people.find(({ token }) => token === sample.token);
  return person ? person.label : NOBODY;
}

// Editor contents survive a reload but not the browser tab, and a changed set of samples starts afresh.
function tabStorage(tabs) {
  let hash = 0;
  for (const char of JSON.stringify(tabs.map(({ title, query }) => [title, query]))) hash = (hash * 31 + char.codePointAt(0)) | 0;
  const prefix = `rapport-explorer:${(hash >>> 0).toString(36)}:`;
  const own = () => Object.keys(sessionStorage).filter((key) => key.startsWith(prefix));
  return {
    get length() { return own().length; },
    getItem: (key) => sessionStorage.getItem(prefix + key),
    setItem: (key, value) => sessionStorage.setItem(prefix + key, value),
    removeItem: (key) => sessionStorage.removeItem(prefix + key),
    clear: () => own().forEach((key) => sessionStorage.removeItem(key)),
  };
}

// ---- requests

// Only the bar says who is asking: the visitor's cookies are left out.
function post(endpoint, params, { token, headers, accept = ACCEPT, signal }) {
  const all = new Headers({ accept, 'content-type': 'application/json' });
  if (token) all.set('authorization', `Bearer ${token}`);
  for (const [name, value] of Object.entries(headers ?? {})) all.set(name, String(value));
  return fetch(endpoint, {
    method: 'POST', headers: all, body: JSON.stringify(params), credentials: 'omit', cache: 'no-store', redirect: 'error', signal,
  });
}

async function readResult(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return `HTTP ${response.status}\n${text}`;
  }
}

// GraphQL over server-sent events, one connection per operation: `next` events, then `complete`.
async function* readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    buffer += value;
    const blocks = buffer.split(/\r?\n\r?\n/);
    buffer = blocks.pop();
    for (const block of blocks) {
      const fields = block.split(/\r?\n/).map((line) => /^(event|data): ?(.*)$/.exec(line)).filter(Boolean);
      const of = (name) => fields.filter((field) => field[1] === name).map((field) => field[2]).join('\n');
      if (of('event') === 'complete') return void reader.cancel();
      if (of('data')) yield JSON.parse(of('data'));
    }
  }
}

// An async iterable whose return() closes the connection at once (the stop button).
function subscribe(open) {
  const abort = new AbortController();
  const events = (async function* () {
    const response = await open(abort.signal);
    if (!/^text\/event-stream/.test(response.headers.get('content-type') ?? '')) yield await readResult(response);
    else yield* readEvents(response);
  })();
  return {
    next: () => events.next().catch((error) => {
      if (abort.signal.aborted) return { done: true };
      throw error;
    }),
    return: async () => { abort.abort(); return { done: true }; },
    [Symbol.asyncIterator]() { return this; },
  };
}

function isSubscription({ operationName }, document) {
  return Boolean(document?.definitions.some((definition) => definition.kind === Kind.OPERATION_DEFINITION
    && definition.operation === 'subscription' && (!operationName || definition.name?.value === operationName)));
}

// Shallow enough for the server's depth limit of 12: five wrappers are [[T!]!]!.
const RICH = getIntrospectionQuery({ descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true,
  inputValueDeprecation: true, schemaDescription: true, oneOf: true, typeDepth: 5 });
const PLAIN = getIntrospectionQuery({ typeDepth: 5 });

// Anyone may ask for the schema; where the server wants a token for it, any that is at hand will do.
async function introspect(endpoint, params, headers, tokens) {
  let result;
  for (const query of [RICH, PLAIN]) {
    for (const token of tokens) {
      const response = await post(endpoint, { ...params, query }, { headers, token });
      result = await readResult(response);
      if (result.data) return result;
      if (response.status === 401 && token === tokens.at(-1)) return result;
    }
  }
  return result;
}

function createFetcher(endpoint, acting, report) {
  const send = async (params, options) => {
    const started = performance.now();
    let response = await post(endpoint, params, { ...options, token: acting.token() });
    if (response.status === 401 && await acting.renew()) {
      response = await post(endpoint, params, { ...options, token: acting.token() });
    }
    report({ status: response.status, ms: Math.round(performance.now() - started), id: response.headers.get('x-request-id') });
    return response;
  };
  return async (params, options = {}) => {
    const { headers, documentAST } = options;
    if (params.operationName === 'IntrospectionQuery' && params.query.includes('__schema')) {
      return introspect(endpoint, params, headers, [...new Set([acting.token(), acting.anyToken()])]);
    }
    if (isSubscription(params, documentAST)) {
      return subscribe((signal) => send(params, { headers, accept: 'text/event-stream', signal }));
    }
    return readResult(await send(params, { headers }));
  };
}

// ---- the page

function Bar({ people, actor, onActor, pasted, onPasted, last, notice }) {
  return (
    <header className="bar">
      <strong>Rapport</strong>
      {people.length > 0 && (
        <label>
          Act as{' '}
          <select value={actor} onChange={(event) => onActor(event.target.value)}>
            <option value={NOBODY}>nobody</option>
            {people.map(({ label }) => <option key={label} value={label}>{label}</option>)}
            <option value={PASTED}>a token of my own …</option>
          </select>
        </label>
      )}
      {actor === PASTED && (
        <label className="token">
          Bearer token{' '}
          <input type="password" autoComplete="off" spellCheck={false} placeholder="none: requests are anonymous"
            value={pasted} onChange={(event) => onPasted(event.target.value)} />
        </label>
      )}
      {notice && <span className="notice" role="alert">{notice}</span>}
      <span className="last" role="status">
        {last && <><b className={last.status < 400 ? 'good' : 'bad'}>HTTP {last.status}</b>{` in ${last.ms} ms`}{last.id && <> · request <code>{last.id}</code></>}</>}
      </span>
    </header>
  );
}

// Lives inside GraphiQL's toolbar, where its editor context is at hand.
function Samples({ tabs, onTab, onOpen }) {
  const { tabs: open, activeTabIndex, addTab, queryEditor, variableEditor } = useEditorContext({ nonNull: true });
  const active = open[activeTabIndex];
  const next = useRef(null);
  useEffect(() => {
    onTab(active);
    if (!next.current) return;
    const sample = next.current;
    next.current = null;
    onOpen(active, sample);
    queryEditor?.setValue(sample.query);
    variableEditor?.setValue(sample.variables ?? '');
  }, [active.id]);
  if (tabs.length === 0) return null;
  return (
    <ToolbarMenu label="Open a sample in a new tab" button={<span className="samples" aria-hidden="true">☰</span>}>
      {tabs.map((sample) => (
        <ToolbarMenu.Item key={sample.title} onSelect={() => { next.current = sample; addTab(); }}>{sample.title}</ToolbarMenu.Item>
      ))}
    </ToolbarMenu>
  );
}

function Explorer({ config: first, notice }) {
  const withPeople = first.people.length > 0;
  const config = useRef(first);
  const [actor, setActor] = useState(withPeople ? NOBODY : PASTED);
  const [pasted, setPasted] = useState('');
  const [last, setLast] = useState(null);
  const [attempt, setAttempt] = useState(0);
  const chosen = useRef(new Map());
  const tab = useRef(null);
  const hasSchema = useRef(false);
  const isFirst = useRef(true);
  const now = useRef({});
  now.current = { actor, pasted };

  const acting = useMemo(() => ({
    token() {
      const { actor: label, pasted: own } = now.current;
      if (label === PASTED) return own.trim().replace(/^bearer\s+/i, '');
      return config.current.people.find((person) => person.label === label)?.token;
    },
    anyToken: () => config.current.people[0]?.token ?? acting.token(),
    // A token of the demo may have expired: ask once for a fresh one.
    async renew() {
      const old = acting.token();
      if (!old || now.current.actor === PASTED) return false;
      config.current = await loadConfig().catch(() => config.current);
      return Boolean(acting.token()) && acting.token() !== old;
    },
  }), []);
  const fetcher = useMemo(() => createFetcher(first.endpoint, acting, setLast), [attempt]);
  const storage = useMemo(() => tabStorage(first.tabs), []);
  const defaultTabs = useMemo(() => first.tabs.length > 0
    ? first.tabs.map(({ query, variables }) => ({ query, variables: variables ?? '' })) : undefined, []);

  // GraphiQL reads the schema again whenever one of these changes: they stay the same.
  const onSchema = useMemo(() => (schema) => { hasSchema.current = Boolean(schema); }, []);

  const choose = (label) => {
    now.current = { ...now.current, actor: label };
    setActor(label);
  };
  const onActor = (label) => {
    if (tab.current) chosen.current.set(tab.current.id, label);
    choose(label);
  };
  const onTab = (active) => {
    tab.current = active;
    if (!withPeople) return;
    if (chosen.current.has(active.id)) return choose(chosen.current.get(active.id));
    const sample = first.tabs.find(({ query }) => operationOf(query) === active.title);
    if (sample) choose(actorOfSample(first, sample));
  };
  const onOpen = (active, sample) => {
    if (withPeople) chosen.current.set(active.id, actorOfSample(first, sample));
    onTab(active);
  };
  // Where reading the schema needs a token too, try again as soon as there is another one.
  useEffect(() => {
    if (isFirst.current || hasSchema.current) {
      isFirst.current = false;
      return undefined;
    }
    const timer = setTimeout(() => hasSchema.current || setAttempt((count) => count + 1), 400);
    return () => clearTimeout(timer);
  }, [actor, pasted]);

  return (
    <>
      <Bar people={first.people} actor={actor} onActor={onActor} pasted={pasted} onPasted={setPasted} last={last} notice={notice} />
      <main>
        <GraphiQL fetcher={fetcher} storage={storage} defaultTabs={defaultTabs} defaultQuery={WELCOME} shouldPersistHeaders={false}
          defaultEditorToolsVisibility="variables" inputValueDeprecation schemaDescription onSchemaChange={onSchema}>
          <GraphiQL.Logo><span /></GraphiQL.Logo>
          <GraphiQL.Toolbar>
            {({ prettify, copy, merge }) => (
              <>
                {prettify}{merge}{copy}
                <Samples tabs={first.tabs} onTab={onTab} onOpen={onOpen} />
              </>
            )}
          </GraphiQL.Toolbar>
        </GraphiQL>
      </main>
    </>
  );
}

loadConfig().then((config) => ({ config }), (error) => ({
  config: { endpoint: '/graphql', tabs: [], people: [] }, notice: `The explorer's configuration did not load (${error.message}).`,
})).then((props) => createRoot(document.getElementById('explorer')).render(<Explorer {...props} />));
