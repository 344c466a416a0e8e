// The form and the service recognise the same mistakes. tests/corpus/mistakes.toml is the reference for both. Further
// cases are derived from the corpus by small changes; for them the service's answer is the reference.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { parse } from 'smol-toml';
import { recognize } from '../../web/widget/recognize.js';
import { startService } from './service.mjs';

const RIGHT = { account_id: 'W9R-486-4W5Z', passcode: 'QAB-CDE-FGHL' };
// These are known only after CleverTap has refused: their forms are those of values that may be right.
const AFTER_A_REFUSAL = ['user_passcode', 'test_project', 'everywhere'];
const OWN_CODES = ['looks_like_token', 'fields_swapped'];

const { mistakes } = parse(await readFile(new URL('../corpus/mistakes.toml', import.meta.url), 'utf8'));
let service;
before(async () => {
  const plenty = ['ATTEMPTS_PER_ACCOUNT', 'UPSTREAM_PER_SECOND', 'UPSTREAM_BURST'];
  service = await startService({ env: Object.fromEntries(plenty.map((key) => [`CONNECT_VERIFIER__LIMITS__${key}`, '1000000'])) });
});
after(() => service?.stop());

/** The guidance that can be known without asking CleverTap: `{ field, hint }`, or null. */
function knownOf({ code, reason, fields }) {
  if (OWN_CODES.includes(code)) return { field: fields[0], hint: code };
  return reason && !AFTER_A_REFUSAL.includes(reason) ? { field: fields[0], hint: reason } : null;
}

function assertSame({ account_id, passcode }, guidance) {
  const hints = recognize(account_id, passcode).map(({ field, code, reason }) => ({ field, hint: reason ?? code }));
  const known = knownOf(guidance);
  const name = JSON.stringify({ account_id, passcode });
  // The service reports one mistake, the form one per field.
  if (known) assert.deepEqual(hints.find(({ field }) => field === known.field), known, name);
  else assert.deepEqual(hints, [], name);
}

test('the corpus: form and service agree', () => {
  const ofValues = mistakes.filter(({ unknown, region }) => !unknown && (!region || region === 'auto'));
  assert.ok(ofValues.length > 120, `${ofValues.length}`);
  for (const mistake of ofValues) assertSame({ ...RIGHT, ...mistake }, mistake);
});

/** Small changes of a text, the same in each run: truncated, doubled, in other cases, among other characters. */
function* changed(text) {
  yield text.toUpperCase();
  yield text.toLowerCase();
  yield text.slice(1);
  yield text.slice(0, -1);
  yield text + text;
  yield `${text} ${RIGHT.account_id}`;
  yield `${text}:${RIGHT.passcode}`;
  yield text.replaceAll('-', '');
  yield text.replaceAll(' ', '');
  for (const part of ['@', '.', ':', '=', ' ', '-', '/', '1', 'K', 'Z', 'x', 'é', 'ß', '…', 'क', '१', 'ُ', '…•', '\u200b', '\u0085', '“', 'http://', '.com', 'TEST-', 'Bearer ', '$', '{', 'İ', 'Ⅷ', 'K']) {
    yield part + text;
    yield text + part;
    yield text.slice(0, 3) + part + text.slice(3);
    yield text.slice(0, 5) + part + text.slice(6);
  }
}

async function answersOf(items) {
  const body = items.map((item, index) => JSON.stringify({ id: `${index}`, region: 'in1', ...item })).join('\n');
  const headers = { 'content-type': 'application/x-ndjson' };
  const response = await fetch(`${service.base}/v1/verify/batch`, { method: 'POST', headers, body });
  assert.equal(response.status, 200);
  const answers = [];
  for (const line of (await response.text()).trim().split('\n')) {
    const { id, result, problem } = JSON.parse(line);
    answers[Number(id)] = result ?? problem;
  }
  return answers;
}

test('texts derived from the corpus: form and service agree', async () => {
  const isShort = ({ length }) => length > 0 && length <= 64;
  const items = [];
  for (const [field, other] of [['account_id', 'passcode'], ['passcode', 'account_id']]) {
    const texts = new Set(mistakes.map((mistake) => mistake[field]).filter(Boolean));
    const variants = new Set([...texts].flatMap((text) => [...changed(text)]).filter(isShort));
    for (const text of variants) items.push({ [field]: text, [other]: RIGHT[other] });
  }
  assert.ok(items.length > 10_000, `${items.length}`);
  const answers = await answersOf(items);
  assert.equal(answers.length, items.length);
  const failures = [];
  let compared = 0;
  items.forEach((item, index) => {
    const answer = answers[index];
    // A dashboard address is replaced by the values in it, which the form does when it is pasted.
    const isRead = answer.warnings?.some(({ message }) => /address/i.test(message)) || answer.status === 'verified';
    const isRefused = answer.status === 'invalid_credentials' || answer.code === 'invalid_request';
    const isOfForm = (answer.errors ?? []).every(({ code }) => code === 'unusable_characters');
    if (isRead || !isRefused || !isOfForm) return;
    compared += 1;
    try {
      assertSame(item, answer.guidance);
    } catch {
      failures.push(`${JSON.stringify(item)}: ${answer.guidance.code} ${answer.guidance.reason}, the form ${JSON.stringify(recognize(item.account_id, item.passcode))}`);
    }
  });
  assert.deepEqual(failures.slice(0, 40), [], `${failures.length} of ${compared}`);
  assert.ok(compared > items.length * 0.9, `${compared} of ${items.length}`);
});
