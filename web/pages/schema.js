// Shows JSON schemas (the dialect of OpenAPI 3.1) as lists of properties, and creates an example if there is none.

import { inline, make, prose } from './prose.js';

let root = {};

/** Sets the document in which references are resolved. */
export function useDocument(openapi) {
  root = openapi;
}

/** Resolves a reference inside the document. An unresolvable one gives an empty object. */
export function resolve(value) {
  const path = value?.$ref?.startsWith('#/') ? value.$ref.slice(2).split('/') : null;
  if (!path) return value ?? {};
  const step = (from, key) => from?.[key.replace(/~1/g, '/').replace(/~0/g, '~')];
  return resolve(path.reduce(step, root) ?? {});
}

export function nameOf(schema) {
  return schema?.$ref?.split('/').pop() ?? null;
}

/** Returns a short description of a type: `string`, `array of Region`, `integer or null`. */
export function typeOf(schema) {
  if (schema === true || schema === undefined) return ['anything'];
  const name = nameOf(schema);
  if (name) return [make('a', { href: `#schema-${name}` }, name)];
  const several = schema.oneOf ?? schema.anyOf ?? (schema.allOf?.length > 0 ? schema.allOf : null);
  if (several) return joined(several.map(typeOf), schema.allOf ? ' and ' : ' or ');
  if (schema.const !== undefined) return [make('code', {}, JSON.stringify(schema.const))];
  const types = [schema.type ?? (schema.enum ? 'string' : schema.properties ? 'object' : 'anything')].flat();
  return joined(types.map((type) => (type === 'array' ? ['array of ', ...typeOf(schema.items)] : [type])), ' or ');
}

function joined(parts, word) {
  return parts.flatMap((part, index) => (index === 0 ? part : [word, ...part]));
}

const LIMITS = {
  format: (value) => `format ${value}`,
  minLength: (value) => `at least ${value} characters`,
  maxLength: (value) => `at most ${value} characters`,
  minimum: (value) => `at least ${value}`,
  maximum: (value) => `at most ${value}`,
  minItems: (value) => `at least ${value} items`,
  maxItems: (value) => `at most ${value} items`,
  pattern: (value) => `pattern ${value}`,
  default: (value) => `default ${JSON.stringify(value)}`,
};

/** Returns the constraints of a value as short texts. */
function limitsOf(schema) {
  return Object.entries(LIMITS)
    .filter(([key]) => schema[key] !== undefined && schema[key] !== null)
    .map(([key, describe]) => make('span', { class: 'limit' }, describe(schema[key])));
}

function choicesOf(schema) {
  const choices = schema.enum ?? schema.items?.enum;
  if (!choices) return null;
  return make('p', { class: 'choices' }, choices.flatMap((choice) => [make('code', {}, JSON.stringify(choice)), ' ']));
}

/** Shows a schema. A reference at the top is expanded; deeper ones are links, so that cycles end. */
export function showSchema(schema, depth = 0) {
  const whole = resolve(schema);
  const parts = whole.allOf ?? whole.oneOf ?? whole.anyOf;
  const box = make('div', { class: 'schema' });
  if (depth === 0 && nameOf(schema)) box.append(make('p', { class: 'schema-name' }, typeOf(schema)));
  if (whole.description && depth === 0) box.append(...prose(whole.description));
  if (parts && !whole.properties) {
    const word = whole.allOf ? 'All of' : 'One of';
    box.append(make('p', { class: 'small' }, word), make('ul', { class: 'variants' }, parts.map((part) => make('li', {}, showVariant(part, depth)))));
  } else if (whole.type === 'array' || whole.items) {
    box.append(make('p', {}, typeOf(whole)), ...limitsOf(whole));
    if (!nameOf(whole.items) && whole.items?.properties) box.append(showProperties(whole.items, depth));
  } else if (whole.properties) {
    box.append(showProperties(whole, depth));
  } else {
    box.append(make('p', {}, typeOf(whole), ' ', limitsOf(whole)));
  }
  const choices = choicesOf(whole);
  if (choices) box.append(choices);
  return box;
}

function showVariant(part, depth) {
  if (nameOf(part) || !part.properties) return make('p', {}, typeOf(part), ' ', part.description ? inline(part.description) : '');
  return showProperties(part, depth);
}

function showProperties(schema, depth) {
  const required = new Set(schema.required ?? []);
  const list = make('dl', { class: 'properties' });
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const inner = property.properties ? property : property.items?.properties ? property.items : null;
    list.append(
      make(
        'div',
        { class: 'property' },
        make('dt', {}, make('code', {}, name), ' ', make('span', { class: 'type' }, typeOf(property)), required.has(name) ? make('span', { class: 'required' }, 'required') : null),
        make('dd', {}, prose(property.description), make('p', { class: 'limits' }, limitsOf(property)), choicesOf(property), inner && depth < 6 ? showProperties(inner, depth + 1) : null),
      ),
    );
  }
  return list;
}

/** Returns the examples of a media type, a parameter or a schema: `[{ name, summary, value }]`. */
export function examplesOf(holder) {
  const named = Object.entries(holder.examples ?? {}).map(([name, example]) => {
    const { summary, value } = resolve(example);
    return { name, summary: summary ?? name, value };
  });
  if (named.length > 0 && !Array.isArray(holder.examples)) return named;
  if (holder.example !== undefined) return [{ name: 'example', summary: 'Example', value: holder.example }];
  const value = holder.schema === undefined ? undefined : sample(holder.schema);
  return value === undefined ? [] : [{ name: 'example', summary: 'Example', value }];
}

/** Creates a value that matches a schema from its examples, defaults and first choices. */
function sample(schema, depth = 0) {
  const whole = resolve(schema);
  if (depth > 8) return undefined;
  if (whole.examples?.length > 0) return whole.examples[0];
  const given = [whole.example, whole.const, whole.default, whole.enum?.[0]].find((value) => value !== undefined);
  if (given !== undefined) return given;
  if (whole.allOf) return Object.assign({}, ...whole.allOf.map((part) => sample(part, depth + 1) ?? {}));
  const part = (whole.oneOf ?? whole.anyOf)?.find((one) => resolve(one).type !== 'null');
  if (part) return sample(part, depth + 1);
  const type = [whole.type].flat()[0] ?? (whole.properties ? 'object' : undefined);
  if (type === 'object') {
    const entries = Object.entries(whole.properties ?? {}).map(([name, property]) => [name, sample(property, depth + 1)]);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
  if (type === 'array') return [sample(whole.items, depth + 1)].filter((value) => value !== undefined);
  return { string: 'text', integer: whole.minimum ?? 1, number: whole.minimum ?? 1, boolean: true, null: null }[type];
}
