// The report of `connect-verifier batch`: a single file, opened like a support team opens it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { assertAccessible, launchBrowser } from './harness.mjs';
import { binary, startService } from './service.mjs';

const shared = {};

/** Rows of every kind, with values that are difficult for markup and narrow screens. */
export const ROWS = [
  ['<b>bold</b> & "quoted"', 'TEST-200-OKA-0000', 'WRONG', 'in1'],
  ['a-very-long-identifier-of-a-customer-in-another-system-0123456789', 'TEST-400-BAD-0000', 'WRONG', 'eu1'],
  ['cust-3', 'TEST-EU1-OKA-0000', 'GOOD-PASSCODE', 'in1'],
  ['cust-4', 'TEST-401-BAD-0000', 'GOOD-PASSCODE', 'us1'],
  ['cust-5', 'TEST-403-WLS-0000', 'GOOD-PASSCODE', 'sg1'],
  ['cust-6', 'TEST-500-ERR-0000', 'GOOD-PASSCODE', 'mec1'],
  ['cust-7', 'TEST-HTM-ERR-0000', 'GOOD-PASSCODE', 'mec1'],
  ['cust-8', 'TEST-200-OKA-0000', 'GOOD-PASSCODE', 'atlantis'],
  ...Array.from({ length: 40 }, (_, at) => [`fine-${at}`, 'TEST-200-OKA-0000', 'GOOD-PASSCODE', ['in1', 'eu1', 'us1', 'sg1'][at % 4]]),
];

const line = (fields) => fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',') + '\n';

/** Runs `batch` with a report in a language. */
export async function makeReport(sandbox, folder, lang, rows = ROWS) {
  await mkdir(join(folder, lang));
  const [input, since, report, out] = ['in.csv', 'since.csv', 'report.html', 'out.csv'].map((name) => join(folder, lang, name));
  await writeFile(input, line(['id', 'account_id', 'passcode', 'region']) + rows.map(line).join(''));
  const before = rows.slice(0, 12).map(([id, account, , region], at) => [id, account, region, at < 2 ? 'verified' : 'invalid_credentials', 'x', '', 'x']);
  await writeFile(since, line(['id', 'account_id', 'region', 'status', 'guidance', 'suggested_region', 'checked_at']) + before.map(line).join(''));
  const regions = ['IN1', 'EU1', 'US1', 'SG1', 'MEC1', 'APS3'].map((id) => [`CONNECT_VERIFIER__REGIONS__${id}__BASE_URL`, `${sandbox}/${id.toLowerCase()}`]);
  const env = {
    ...Object.fromEntries(regions),
    CONNECT_VERIFIER__GUIDANCE__SUGGEST_REGION: 'true',
    CONNECT_VERIFIER__UPSTREAM__MAX_ATTEMPTS: '1',
  };
  const args = ['batch', input, '--out', out, '--partner', 'adjust', '--report', report, '--since', since, '--lang', lang];
  const code = await new Promise((resolve) => execFile(binary(), args, { env }, (error) => resolve(error?.code ?? 0)));
  assert.equal(code, 5, 'some rows have no verdict');
  return report;
}

/** Opens a file and records every console error and every request except that for the file itself. */
export async function openReport(browser, report, { scheme = 'light', width = 1280, height = 900 } = {}) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height } });
  const page = await context.newPage();
  const [url, faults] = [pathToFileURL(report).href, []];
  page.on('pageerror', (error) => faults.push(`exception: ${error.stack}`));
  page.on('console', (message) => faults.push(`console: ${message.text()}`));
  page.on('request', (request) => request.url() !== url && faults.push(`request to ${request.url()}`));
  await page.goto(url);
  page.finish = async () => {
    await context.close();
    assert.deepEqual(faults, []);
  };
  return page;
}

before(async () => {
  shared.service = await startService();
  shared.folder = await mkdtemp(join(tmpdir(), 'report-'));
  shared.browser = await launchBrowser();
  // Concurrently, because each run waits for the rows that are retried.
  await Promise.all(['en', 'ar', 'de', 'hi'].map(async (lang) => (shared[lang] = await makeReport(shared.service.sandbox, shared.folder, lang))));
});

after(async () => {
  await shared.browser?.close();
  await shared.service?.stop();
  await rm(shared.folder, { recursive: true, force: true });
});

for (const [name, lang, options] of [
  ['light', 'en', {}],
  ['dark', 'en', { scheme: 'dark' }],
  ['Arabic', 'ar', {}],
  ['Arabic, dark and narrow', 'ar', { scheme: 'dark', width: 320, height: 640 }],
  ['Hindi', 'hi', {}],
  ['narrow', 'de', { width: 320, height: 640 }],
]) {
  test(`is accessible and fits: ${name}`, async () => {
    const page = await openReport(shared.browser, shared[lang], options);
    await assertAccessible(page, name);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} pixels too wide`);
    const { tag, direction } = await page.evaluate(() => ({ tag: document.documentElement.lang, direction: getComputedStyle(document.body).direction }));
    assert.deepEqual([tag, direction], [lang, lang === 'ar' ? 'rtl' : 'ltr']);
    await page.finish();
  });
}

test('shows what changed, what to do and for whom', async () => {
  const page = await openReport(shared.browser, shared.en);
  const section = (name) => page.getByRole('region', { name });
  const ids = (name) => section(name).locator('tbody tr td:first-child').allTextContents();
  assert.deepEqual(await ids('No longer accepted'), ['<b>bold</b> & "quoted"', ROWS[1][0]]);
  assert.equal((await ids('Accepted again')).length, 4);
  const groups = page.getByRole('region', { name: 'What to do' }).getByRole('article');
  assert.deepEqual((await groups.getByRole('heading').allTextContents()).map((text) => text.replace(/\s+/g, ' ')), [
    'CleverTap does not accept these credentials 2',
    'CleverTap does not recognize this account ID 1',
    'Your account is in another region 1',
    'CleverTap has not approved this integration yet 1',
  ]);
  assert.match(await groups.filter({ hasText: 'Your account is in another region' }).innerText(), /in the region in1, but it does in the region eu1[^]*The customer[^]*Choose eu1/);
  assert.equal(await page.locator('b').count(), 0);
  const text = await readFile(shared.en, 'utf8');
  for (const secret of ['WRONG', 'GOOD-PASSCODE', ...ROWS.map(([, account]) => account)]) assert.ok(!text.includes(secret), secret);
  await page.finish();
});
