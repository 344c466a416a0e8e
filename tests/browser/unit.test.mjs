// Tests without a browser: repair, dashboard addresses, hints and texts.
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

// The same tables test the service's recognition (src/model/hints_tests.rs).
const ACCOUNT_IDS = {
  email_address: ['max@example.com', 'Max <max@example.com>', 'mailto:max@example.com', 'max＠example.com'],
  web_address: ['https://example.com/a?b=c@d', 'www.example.com', 'example.co', 'https://eu1.dashboard.clevertap.com/login.html'],
  account_name: ['Acme', 'Acme Corp', 'Müller & Söhne GmbH', 'मेरी दुकान', 'متجري', 'ร้านของฉัน', 'Shop 24', 'my-app'],
  label: [
    'Account ID: W9R-486-4W5Z',
    'AccountID=W9R-486-4W5Z',
    'X-CleverTap-Account-Id: W9R-486-4W5Z',
    'Account ID K97-K78-1234',
    'Project ID',
    'account_id": "W9R-486-4W5Z',
    '-H "X-CleverTap-Account-Id: W9R-486-4W5Z" -H "Content-Type: application/json"',
    'Acme (W9R-486-4W5Z)',
    'W9R-486-4W5Z:QAB-CDE-FGHL',
    'W9R-486-4W5Z, W9R-486-4W5Z',
  ],
  lower_case: ['w9r-486-4w5z', 'W9r-486-4W5Z', 'test-W9R-486-4W5Z', 'k97-k78-1234'],
  incomplete: [
    'W9R4864W5Z',
    'W9R_486_4W5Z',
    'W9R-486',
    'W9R-486-4W5',
    'W9R-486-4W5ZZ',
    'W9R-4864W5Z',
    '9R-486-4W5Z',
    'w9r4864w5z',
    'TESTZ48Z75785Z',
    'TEST-Z48-Z75-785',
    'W9R 486 4W5Z',
    'W9R-486-4W5Z.',
    '(W9R-486-4W5Z)',
    '• W9R-486-4W5Z',
    'W9R-486-4W5Z””',
    'K97K781234',
    'K97-K78-123',
    '056-b12',
  ],
  misread_character: ['W9R-4O6-4W5Z', 'W9R-486-4W52', 'TEST-Z4B-Z7S-785Z', 'W9R-4l6-4W5Z'],
  none: [
    '',
    '-',
    'W9R-486-4W5Z',
    'TEST-W9R-486-4W5Z',
    '“W9R–486–4W5Z”',
    'K97-K78-1234',
    'ABC-DEF-GHIJ',
    'QAB-CDE-FGHL',
    'W9R-486-4W5K',
    'TEST-400-BAD-0000',
    'TEST-EU1-OKA-0000',
    'XXX-XXX-XXXX',
    '1234567890',
    'W9R-٤٨٦-4W5Z',
    'ACME-SHOP',
    'a1',
  ],
};

const PASSCODES = {
  hidden_passcode: ['••••••', '********', '...', '…', '●●●●'],
  bearer_prefix: ['Bearer QAB-CDE-FGHL', 'bearer: x', 'Authorization: Bearer x'],
  label: [
    'X-CleverTap-Passcode: QAB-CDE-FGHL',
    'Passcode: QAB-CDE-FGHL',
    'passcode=QAB-CDE-FGHL',
    'Passcode QAB-CDE-FGHL',
    'W9R-486-4W5Z:QAB-CDE-FGHL',
    '-H "X-CleverTap-Passcode: QAB-CDE-FGHL"',
    'passcode": "x',
  ],
  web_address: ['https://example.com', 'eu1.dashboard.clevertap.com/settings'],
  same_as_account_id: ['W9R-486-4W5Z', 'w9r-486-4w5z'],
  placeholder: ['YOUR_PASSCODE', '<passcode>', '{{passcode}}', 'XXX-XXX-XXXX', 'passcode', 'your passcode', '${CT_PASSCODE}', '$KEY'],
  // The form of a passcode that may be right; the service reports it only after a refusal.
  none: [
    'QAB-CDE-FGHL',
    '0123456789abcdef0123456789abcdef',
    '01234567-89AB-cdef-0123-456789abcdef',
    'ABC-DEF',
    'GOOD-PASSCODE',
    'secret-1',
    'a:b',
    'x=y==',
    '**',
    'Bearerabc',
    'max@example.com',
    'K97-K78-1234',
    '<QAB-CDE-FGHL>',
    '$ecret',
  ],
};

test('recognizes mistaken account ids', () => {
  for (const [expected, texts] of Object.entries(ACCOUNT_IDS)) {
    for (const text of texts) assert.equal(recognize(text, '')[0]?.reason ?? 'none', expected, text);
  }
  assert.equal(recognize('Konto-ID: K97-K78-1234', '')[0].reason, 'label');
});

test('recognizes mistaken passcodes', () => {
  for (const [expected, texts] of Object.entries(PASSCODES)) {
    for (const text of texts) assert.equal(recognize('W9R-486-4W5Z', text)[0]?.reason ?? 'none', expected, text);
  }
  assert.equal(recognize('W9R-486-4W5Z', 'पासकोड: x')[0].reason, 'label');
  for (const token of ['056-b12', 'TEST-056-b12']) assert.equal(recognize('W9R-486-4W5Z', token)[0].code, 'looks_like_token');
});

test('detects a swap only if both forms match', () => {
  for (const [account, passcode, expected] of [
    ['QAB-CDE-FGHL', 'W9R-486-4W5Z', true],
    ['056-b12', 'TEST-W9R-486-4W5Z', true],
    ['0123456789abcdef0123456789abcdef', 'W9R-486-4W5Z', true],
    ['my-passcode', 'W9R-486-4W5Z', false],
    ['QAB-CDE-FGHL', 'QAB-CDE-FGHL', false],
    ['W9R-486-4W5', 'QAB-CDE-FGHL', false],
    ['ABC-DEF-GHIJ', 'K97-K78-1234', false],
    ['W9R-486-4W5Z', 'W9R-486-4W5Z', false],
  ]) {
    assert.equal(recognize(account, passcode)[0]?.code === 'fields_swapped', expected, `${account} ${passcode}`);
  }
});

test('takes the text of a hint from the catalogue, or none without a row', () => {
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
