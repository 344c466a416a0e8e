// The onboarding page: test accounts, the exchange, languages and appearance.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANGUAGES } from '../../web/pages/page-strings.js';
import { assertAccessible, collectEvents, formOf, open, useBrowser } from './harness.mjs';

const shared = useBrowser();

test('every test account is a button that fills the form', async () => {
  const page = await open(shared);
  const form = formOf(page);
  const accounts = page.locator('button.account');
  await accounts.nth(18).waitFor();
  const ids = await accounts.locator('code').allTextContents();
  for (const region of ['IN1', 'SG1', 'US1', 'APS3', 'MEC1', 'EU1']) assert.ok(ids.includes(`TEST-${region}-OKA-0000`));
  assert.equal(ids.length, 19);
  for (const id of ids) {
    await accounts.filter({ hasText: id }).click();
    assert.equal(await form.account.inputValue(), id);
    assert.equal(await form.passcode.inputValue(), 'GOOD-PASSCODE');
    assert.notEqual(await form.region.inputValue(), '');
  }
  await page.finish();
});

test('request and answer are shown next to the form, without the passcode', async () => {
  const page = await open(shared);
  const form = formOf(page);
  const events = await collectEvents(page);
  await page.locator('button.account', { hasText: 'TEST-200-OKA-0000' }).click();
  await form.submit.click();
  const [{ detail }] = await events();
  await page.locator('#answer').filter({ hasText: detail.request_id }).waitFor();
  const shown = JSON.parse(await page.locator('#request').textContent());
  assert.deepEqual(shown, { account_id: 'TEST-200-OKA-0000', passcode: '••••••••', region: 'in1', lang: 'en' });
  assert.deepEqual(JSON.parse(await page.locator('#answer').textContent()), detail);
  assert.match(await page.locator('#status').textContent(), /^200/);
  assert.ok(!(await page.locator('.exchange').textContent()).includes('GOOD-PASSCODE'));
  await page.finish();
});

test('the snippet pins the version and the hash of the script', async () => {
  const page = await open(shared);
  const snippet = page.locator('#snippet-tag');
  await snippet.filter({ hasText: 'integrity="sha384-' }).waitFor();
  const text = await snippet.textContent();
  const [, src] = /src="([^"]+)"/.exec(text);
  const [, integrity] = /integrity="([^"]+)"/.exec(text);
  assert.match(src, /\/widget\/\d+\.\d+\.\d+[^/]*\/connect-form\.js$/);
  const loaded = await page.evaluate(
    async ([address, hash]) => (await fetch(address, { integrity: hash })).status,
    [src, integrity],
  );
  assert.equal(loaded, 200);
  await page.finish();
});

for (const tag of Object.keys(LANGUAGES)) {
  test(`speaks ${tag}`, async () => {
    const page = await open(shared, `/?lang=${tag}`);
    const direction = tag === 'ar' ? 'rtl' : 'ltr';
    assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), [tag, direction]);
    const form = page.locator('clevertap-connect-form');
    assert.equal(await form.locator('form').getAttribute('dir'), direction);
    await page.locator('button.account', { hasText: 'TEST-400-BAD-0000' }).click();
    const answer = page.waitForResponse('**/v1/verify');
    await form.locator('button[type=submit]').click();
    const { guidance } = await (await answer).json();
    await form.getByText(guidance.title, { exact: true }).and(page.locator(':visible')).first().waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(width <= 0, `${width} pixels too wide`);
    await assertAccessible(page, tag);
    await page.finish();
  });
}

test('the language switch changes everything at once', async () => {
  const page = await open(shared);
  await page.getByLabel('Language').selectOption('de');
  await page.locator('clevertap-connect-form').getByLabel('Konto-ID').waitFor();
  await page.getByRole('heading', { name: 'Testkonto wählen' }).waitFor();
  assert.match(page.url(), /lang=de/);
  await page.finish();
});

for (const [name, options] of Object.entries({
  light: {},
  dark: { scheme: 'dark' },
  'right to left': { path: '/?lang=ar' },
  'right to left, dark': { path: '/?lang=ar', scheme: 'dark' },
  '320 pixels': { width: 320, height: 640 },
  'reduced motion': { reducedMotion: 'reduce' },
})) {
  test(`has no accessibility violation: ${name}`, async () => {
    const page = await open(shared, options.path ?? '/', options);
    await page.locator('button.account').first().waitFor();
    await assertAccessible(page, `${name}, at first`);
    for (const account of ['TEST-200-OKA-0000', 'TEST-EU1-OKA-0000', 'TEST-403-WLS-0000', 'TEST-RST-ERR-0000']) {
      await page.locator('button.account', { hasText: account }).click();
      const answer = page.waitForResponse('**/v1/verify');
      await page.locator('clevertap-connect-form').locator('button[type=submit]').click();
      await answer;
      await page.locator('clevertap-connect-form').locator('.block:not(.empty)').waitFor();
      await assertAccessible(page, `${name}, ${account}`);
    }
    const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(width <= 0, `${width} pixels too wide`);
    await page.finish();
  });
}

test('nothing moves with reduced motion', async () => {
  const page = await open(shared, '/', { reducedMotion: 'reduce' });
  const form = formOf(page);
  await page.route('**/v1/verify', () => {});
  await form.fill('TEST-200-OKA-0000', 'GOOD-PASSCODE', 'in1');
  await form.submit.click();
  await form.host.locator('li.pending').first().waitFor();
  assert.equal(await page.evaluate(() => document.getAnimations({ subtree: true }).length), 0);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.finish();
});

test('works with the keyboard from the top of the page', async () => {
  const page = await open(shared);
  await page.locator('button.account').first().waitFor();
  await page.keyboard.press('Tab');
  await page.locator('a.skip:focus').waitFor();
  const account = page.locator('button.account', { hasText: 'TEST-200-OKA-0000' });
  while (!(await account.evaluate((button) => button === document.activeElement))) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await account.getAttribute('aria-pressed'), 'true');
  const submit = page.locator('clevertap-connect-form').locator('button[type=submit]:focus');
  for (let presses = 0; presses < 40 && (await submit.count()) === 0; presses += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await formOf(page).success.waitFor();
  await page.finish();
});

test('carries a strict policy', async () => {
  for (const path of ['/', '/docs']) {
    const response = await fetch(new URL(path, shared.base));
    const policy = response.headers.get('content-security-policy');
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  }
});
