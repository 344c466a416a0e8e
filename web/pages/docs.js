// The reference: fetches the service's own OpenAPI document and shows it. No resource is loaded from another host.

import { copyButton, showJson } from './code.js';
import { inline, make, prose, table } from './prose.js';
import { examplesOf, resolve, showSchema, typeOf, useDocument } from './schema.js';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
const COPY = { copy: 'Copy', copied: 'Copied' };
const find = (id) => document.getElementById(id);

// The most important operations come first; the others follow in the order of the document.
const FIRST = ['/v1/verify', '/v1/verify/batch', '/v1/sessions'];
const rankOf = ({ path }) => (FIRST.includes(path) ? FIRST.indexOf(path) : FIRST.length);

/** A path that may wrap after each slash, but not within a word. */
const breakable = (path) => path.split(/(?<=\/)/).flatMap((part) => [part, make('wbr')]);

/** Lists the operations `{ id, method, path, operation, tag }`. */
function operationsOf(openapi) {
  return Object.entries(openapi.paths ?? {}).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => {
      const operation = item[method];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolve);
      const id = `op-${operation.operationId ?? `${method}-${path.replace(/\W+/g, '-')}`}`;
      return { id, method, path, operation: { ...operation, parameters }, tag: operation.tags?.[0] ?? 'API' };
    }),
  ).sort((one, other) => rankOf(one) - rankOf(other));
}

function codeBox(label, fill, text) {
  const pre = make('pre', { tabindex: 0, role: 'group', 'aria-label': label });
  fill(pre);
  const button = make('button', { type: 'button', class: 'quiet copy', 'aria-label': `Copy: ${label}` }, COPY.copy);
  copyButton(button, () => text, () => COPY);
  return make('div', { class: 'code' }, pre, button);
}

function showExamples(holder, label) {
  const examples = examplesOf(holder);
  if (examples.length === 0) return null;
  const boxes = examples.map(({ summary, value }) => {
    const name = `${label}: ${summary}`;
    const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
    return codeBox(name, (pre) => (typeof value === 'string' ? pre.append(value) : showJson(pre, value)), text);
  });
  if (examples.length === 1) return make('div', { class: 'examples' }, boxes);
  const choice = make('select', { class: 'quiet', 'aria-label': `${label}: choose an example` });
  choice.append(...examples.map(({ summary }, index) => make('option', { value: index }, summary)));
  const show = () => boxes.forEach((box, index) => (box.hidden = index !== Number(choice.value)));
  choice.addEventListener('change', show);
  show();
  return make('div', { class: 'examples' }, choice, boxes);
}

function showContent(content, label) {
  return Object.entries(content ?? {}).map(([type, media]) =>
    make(
      'div',
      { class: 'content' },
      make('p', { class: 'media' }, make('code', {}, type)),
      make('div', { class: 'pair' }, media.schema ? showSchema(media.schema) : make('div'), showExamples(media, `${label}, ${type}`)),
    ),
  );
}

function showParameters(parameters) {
  if (parameters.length === 0) return [];
  const rows = parameters.map((parameter) => [
    [make('code', {}, parameter.name), parameter.required ? make('span', { class: 'required' }, 'required') : null],
    parameter.in,
    typeOf(parameter.schema),
    prose(parameter.description),
  ]);
  return [make('h4', {}, 'Parameters'), table(['Name', 'In', 'Type', 'Description'], rows, 'Parameters')];
}

function showBody(body) {
  if (!body) return [];
  const whole = resolve(body);
  return [make('h4', {}, 'Request body'), ...prose(whole.description), ...showContent(whole.content, 'Request')];
}

function showResponses(responses, id) {
  const rows = Object.entries(responses ?? {}).map(([status, response], index) => {
    const whole = resolve(response);
    const headers = Object.entries(whole.headers ?? {}).map(([name, header]) => [
      make('code', {}, name),
      typeOf(resolve(header).schema),
      prose(resolve(header).description),
    ]);
    return make(
      'details',
      { class: 'response', open: index === 0, id: `${id}-${status}` },
      make('summary', {}, make('span', { class: `status s${status[0]}` }, status), ' ', make('span', {}, inline(firstLine(whole.description)))),
      ...prose(restOf(whole.description)),
      headers.length > 0 ? table(['Header', 'Type', 'Description'], headers, `Headers of ${status}`) : null,
      ...showContent(whole.content, `Answer ${status}`),
    );
  });
  return [make('h4', {}, 'Answers'), ...rows];
}

function firstLine(text = '') {
  return text.split('\n')[0];
}

function restOf(text = '') {
  return text.split('\n').slice(1).join('\n');
}

/** Names the required credentials: the security schemes of the operation, or else those of the document. */
function showSecurity(operation, openapi) {
  const needs = operation.security ?? openapi.security ?? [];
  const names = needs.map((need) => Object.keys(need).join(' and ')).filter(Boolean);
  const isOptional = needs.some((need) => Object.keys(need).length === 0);
  if (names.length === 0) return make('p', { class: 'security' }, 'Public: needs no key.');
  const links = names.flatMap((name, index) => [index > 0 ? ' or ' : '', make('a', { href: '#security' }, name)]);
  return make('p', { class: 'security' }, isOptional ? 'Takes ' : 'Needs ', links, '.');
}

function showOperation({ id, method, path, operation }, openapi) {
  const title = operation.summary || `${method.toUpperCase()} ${path}`;
  return make(
    'article',
    { id, class: `operation${operation.deprecated ? ' deprecated' : ''}`, 'aria-labelledby': `${id}-title` },
    make('h3', { id: `${id}-title` }, make('a', { class: 'anchor', href: `#${id}` }, inline(title.replace(/\.$/, '')))),
    make('p', { class: 'route' }, make('span', { class: `method ${method}` }, method.toUpperCase()), ' ', make('code', {}, path)),
    ...prose(operation.description),
    showSecurity(operation, openapi),
    ...showParameters(operation.parameters),
    ...showBody(operation.requestBody),
    ...showResponses(operation.responses, id),
  );
}

function showSecuritySchemes(openapi) {
  const schemes = Object.entries(openapi.components?.securitySchemes ?? {});
  if (schemes.length === 0) return null;
  const rows = schemes.map(([name, scheme]) => {
    const whole = resolve(scheme);
    const kind = [whole.type, whole.scheme, whole.bearerFormat, whole.in && `in ${whole.in}`, whole.name].filter(Boolean).join(', ');
    return [make('code', {}, name), kind, prose(whole.description)];
  });
  return make('section', { id: 'security' }, make('h2', {}, 'Authentication'), table(['Scheme', 'Kind', 'Description'], rows, 'Authentication'));
}

function showSchemas(openapi) {
  const schemas = Object.entries(openapi.components?.schemas ?? {});
  if (schemas.length === 0) return null;
  const articles = schemas.map(([name, schema]) =>
    make(
      'article',
      { id: `schema-${name}`, class: 'named-schema' },
      make('h3', {}, make('a', { class: 'anchor', href: `#schema-${name}` }, name)),
      make('div', { class: 'pair' }, showSchema(schema), showExamples({ schema, example: schema.example ?? schema.examples?.[0] }, name)),
    ),
  );
  return make('section', { 'aria-labelledby': 'schemas' }, make('h2', { id: 'schemas' }, 'Schemas'), articles);
}

function showContents(openapi, groups) {
  const link = (href, ...text) => make('li', { 'data-text': text.map((part) => part.textContent ?? part).join(' ').toLowerCase() }, make('a', { href }, text));
  const group = (name, links) => make('section', {}, make('p', { class: 'group' }, name), make('ul', {}, links));
  const routes = groups.map(([tag, operations]) =>
    group(tag, operations.map(({ id, method, path }) => link(`#${id}`, make('span', { class: `method ${method}` }, method.toUpperCase()), make('code', {}, ...breakable(path))))),
  );
  const schemas = Object.keys(openapi.components?.schemas ?? {}).map((name) => link(`#schema-${name}`, name));
  find('contents').append(...routes, schemas.length > 0 ? group('Schemas', schemas) : '');
}

function filterContents() {
  const words = find('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const item of document.querySelectorAll('#contents li')) item.hidden = !words.every((word) => item.dataset.text.includes(word));
  for (const group of document.querySelectorAll('#contents section')) group.hidden = !group.querySelector('li:not([hidden])');
}

function show(openapi) {
  useDocument(openapi);
  const { info = {}, servers = [] } = openapi;
  const operations = operationsOf(openapi);
  const tags = [...new Set([...(openapi.tags ?? []).map(({ name }) => name), ...operations.map(({ tag }) => tag)])];
  const groups = tags.map((tag) => [tag, operations.filter((operation) => operation.tag === tag)]).filter(([, list]) => list.length > 0);
  const aboutTag = (tag) => prose(openapi.tags?.find(({ name }) => name === tag)?.description);
  const places = servers.map(({ url, description }) => make('p', {}, 'Base address: ', make('code', {}, new URL(url, location.href).href.replace(/\/$/, '')), description ? ` ${description}` : ''));

  find('version').textContent = info.version ?? '';
  find('version').hidden = !info.version;
  find('content').replaceChildren(
    make('header', { class: 'intro' }, make('h1', {}, info.title ?? 'API reference'), info.summary ? make('p', { class: 'lead' }, info.summary) : '', ...prose(info.description), places),
    ...[showSecuritySchemes(openapi)].filter(Boolean),
    ...groups.map(([tag, list]) =>
      make('section', {}, make('h2', {}, tag), aboutTag(tag), list.map((operation) => showOperation(operation, openapi))),
    ),
    ...[showSchemas(openapi)].filter(Boolean),
  );
  showContents(openapi, groups);
}

/** Scrolls to the target of the address, and opens the response that contains it. */
function goToFragment() {
  const target = location.hash.length > 1 && find(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target instanceof HTMLDetailsElement) target.open = true;
  target.scrollIntoView();
}

async function start() {
  const response = await fetch(new URL('../openapi.json', import.meta.url));
  if (!response.ok) throw new Error(`openapi.json answered ${response.status}`);
  show(await response.json());
  find('filter').addEventListener('input', filterContents);
  addEventListener('hashchange', goToFragment);
  goToFragment();
}

start().catch((error) => (find('state').textContent = `openapi.json could not be shown: ${error.message}`));
