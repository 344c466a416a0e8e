// What needs no browser: repair, dashboard addresses, hints and texts.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { readAddress } from '../../web/widget/address.js';
import { hintText, recognize } from '../../web/widget/recognize.js';
import { repair, repairAccountId } from '../../web/widget/repair.js';
import { LANGUAGES, PAGE } from '../../web/pages/page-strings.js';

const REGIONS = [
  { id: 'us1', name: 'United States', api_host: 'us1.api.clevertap.com', dashboard_url: 'https://us1.dashboard.clevertap.com', aliases: ['us'] },
  { id: 'eu1', name: 'Europe', api_host: '127.0.0.1:4711', dashboard_url: 'https://eu1.dashboard.clevertap.com', aliases: ['api.clevertap.com'] },
];

test('repairs paste accidents and nothing else', () => {
  for (const pasted of [' abc', 'abc\r\n', '\u200babc\ufeff', '\u00a0abc', '"abc"', '“abc”', 'a\u200bbc', 'a\u00adbc', '" abc "']) {
    assert.equal(repair(pasted), 'abc', JSON.stringify(pasted));
  }
  assert.equal(repair('a b'), 'a b');
  assert.equal(repair('""abc""'), '"abc"');
  assert.equal(repair('"'), '"');
  assert.equal(repairAccountId('W9R–486—4W5Z'), 'W9R-486-4W5Z');
  assert.equal(repairAccountId('Ｗ９Ｒ-486－4W5Z'), 'W9R-486-4W5Z');
});

test('reads dashboard addresses', () => {
  for (const [text, region, accountId] of [
    ['https://us1.dashboard.clevertap.com/K97-K78-1234/main', 'us1', 'K97-K78-1234'],
    ['us1.dashboard.clevertap.com/K97-K78-1234', 'us1', 'K97-K78-1234'],
    [' "HTTPS://US1.dashboard.clevertap.com/K97-K78-1234?tab=1#top" ', 'us1', 'K97-K78-1234'],
    ['https://eu1.dashboard.clevertap.com/login.html', 'eu1', null],
    ['https://api.clevertap.com/', 'eu1', null],
  ]) {
    assert.deepEqual(readAddress(text, REGIONS), { region, accountId }, text);
  }
  for (const text of [
    '',
    'us1',
    'W9R-486-4W5Z',
    'https://evil.example/us1.dashboard.clevertap.com',
    'https://us1.dashboard.clevertap.com@evil.example/',
    'us1.dashboard.clevertap.com.evil.example',
    'https://127.0.0.1:4711/W9R-486-4W5Z',
    'https://jp1.dashboard.clevertap.com/W9R-486-4W5Z',
  ]) {
    assert.equal(readAddress(text, REGIONS), null, text);
  }
});

test('recognizes mistakes of the account id', () => {
  for (const [text, reason] of [
    ['me@example.com', 'email_address'],
    ['https://example.com/x', 'web_address'],
    ['www.example.com', 'web_address'],
    ['Acme Trading Ltd.', 'account_name'],
    ['Project ID: W9R-486-4W5Z', 'label'],
    ['X-CleverTap-Account-Id: W9R-486-4W5Z', 'label'],
    ['w9r-486-4w5z', 'lower_case'],
    ['W9R-486-4W5', 'incomplete'],
    ['W9R4864W5Z', 'incomplete'],
    ['W0R-486-4W5Z', 'misread_character'],
    ['WOR-486-4W5S', 'misread_character'],
  ]) {
    assert.deepEqual(recognize(text, ''), [{ field: 'account_id', code: 'check_account_id', reason }], text);
  }
  for (const text of ['', 'W9R-486-4W5Z', 'TEST-W9R-486-4W5Z', '“W9R–486–4W5Z”', 'TEST-200-OKA-0000', 'K97-K78-1234', 'TEST-EU1-OKA-0000']) {
    assert.deepEqual(recognize(text, ''), [], text);
  }
});

test('recognizes mistakes of the passcode', () => {
  for (const [text, code, reason] of [
    ['056-b12', 'looks_like_token', null],
    ['TEST-056-b12', 'looks_like_token', null],
    ['••••••••', 'check_credentials', 'hidden_passcode'],
    ['********', 'check_credentials', 'hidden_passcode'],
    ['Bearer abc', 'check_credentials', 'bearer_prefix'],
    ['X-CleverTap-Passcode: abc', 'check_credentials', 'label'],
    ['passcode: abc', 'check_credentials', 'label'],
    ['https://example.com', 'check_credentials', 'web_address'],
    ['W9R-486-4W5Z', 'check_credentials', 'same_as_account_id'],
    ['YOUR_PASSCODE', 'check_credentials', 'placeholder'],
    ['<passcode>', 'check_credentials', 'placeholder'],
  ]) {
    assert.deepEqual(recognize('W9R-486-4W5Z', text), [{ field: 'passcode', code, reason }], text);
  }
  for (const text of ['', 'ABC-DEF-GHIL', 'GOOD-PASSCODE', '0123456789abcdef0123456789abcdef', 'some.secret/value']) {
    assert.deepEqual(recognize('W9R-486-4W5Z', text), [], text);
  }
});

test('recognizes swapped fields only where both forms fit', () => {
  const swapped = [{ field: 'account_id', code: 'fields_swapped', reason: null }];
  assert.deepEqual(recognize('ABC-DEF-GHIL', 'W9R-486-4W5Z'), swapped);
  assert.deepEqual(recognize('056-b12', 'W9R-486-4W5Z'), swapped);
  assert.deepEqual(recognize('W9R-486-4W5', 'ABC-DEF-GHIL').map(({ code }) => code), ['check_account_id']);
});

test('takes the text of a hint from the catalogue and does without a row', () => {
  const rows = [
    { code: 'check_account_id', reason: null, title: 'Unknown', message: 'm', action: 'a' },
    { code: 'check_account_id', reason: 'email_address', title: 'An e-mail address', message: 'm', action: 'Copy the ID.' },
    { code: 'check_account_id', reason: 'label', title: 'Unknown', message: 'A label came along', action: 'Remove it.' },
  ];
  const text = (reason) => hintText(rows, { code: 'check_account_id', reason });
  assert.equal(text('email_address'), 'An e-mail address. Copy the ID.');
  assert.equal(text('label'), 'A label came along. Remove it.');
  assert.equal(text('lower_case'), null);
  assert.equal(hintText([], { code: 'looks_like_token', reason: null }), null);
});

test('has every text in every language', async () => {
  const folder = new URL('../../web/widget/strings/', import.meta.url);
  const read = async (name) => JSON.parse(await readFile(new URL(name, folder)));
  const english = await read('en.json');
  const places = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
  const files = await readdir(folder);
  assert.deepEqual(files.map((name) => name.replace('.json', '')).sort(), Object.keys(LANGUAGES).sort());
  for (const name of files) {
    const texts = await read(name);
    assert.deepEqual(Object.keys(texts), Object.keys(english), name);
    for (const [key, text] of Object.entries(texts)) assert.deepEqual(places(text), places(english[key]), `${name}: ${key}`);
  }
  for (const [tag, texts] of Object.entries(PAGE)) assert.deepEqual(Object.keys(texts), Object.keys(PAGE.en), tag);
});
