// The form on the onboarding page, against the sandbox.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertAccessible, collectEvents, formOf, open, useBrowser } from './harness.mjs';

const shared = useBrowser();

const ACCOUNTS = [
  ['TEST-200-OKA-0000', 'verified', 'verified'],
  ['TEST-IN1-OKA-0000', 'verified', 'verified'],
  ['TEST-FLP-OKA-0000', 'verified', 'verified'],
  ['TEST-SLO-OKA-0000', 'verified', 'verified'],
  ['TEST-EU1-OKA-0000', 'rejected', 'invalid_credentials'],
  ['TEST-400-BAD-0000', 'rejected', 'invalid_credentials'],
  ['TEST-401-BAD-0000', 'rejected', 'invalid_credentials'],
  ['TEST-403-WLS-0000', 'rejected', 'partner_not_whitelisted'],
  ['TEST-429-BSY-0000', 'unavailable', 'upstream_busy'],
  ['TEST-500-ERR-0000', 'unavailable', 'upstream_unavailable'],
  ['TEST-503-ERR-0000', 'unavailable', 'upstream_unavailable'],
  ['TEST-504-ERR-0000', 'unavailable', 'upstream_unavailable'],
  ['TEST-HTM-ERR-0000', 'unavailable', 'upstream_unexpected'],
  ['TEST-RST-ERR-0000', 'unavailable', 'upstream_unavailable'],
  ['TEST-HNG-ERR-0000', 'unavailable', 'upstream_timeout'],
];

describe('every magic account', () => {
  for (const [account, type, status] of ACCOUNTS) {
    test(account, async () => {
      const page = await open(shared);
      const form = formOf(page);
      const events = await collectEvents(page);
      await form.fill(account, 'GOOD-PASSCODE', 'in1');
      await form.submit.click();
      const [event] = await events();
      assert.equal(event.type, type);
      assert.equal(event.detail.status ?? event.detail.code, event.detail.status);
      assert.equal(type === 'unavailable' ? event.detail.code : event.detail.status, status);
      assert.ok(event.composed);
      assert.ok(!JSON.stringify(event.detail).includes('GOOD-PASSCODE'));
      await form.host.getByText(event.detail.guidance.title, { exact: true }).and(page.locator(':visible')).first().waitFor();
      assert.equal(await form.host.getByRole('listitem').count(), 4);
      await assertAccessible(page, account, { only: 'clevertap-connect-form' });
      await page.finish();
    });
  }
});

test('verified: checks, message, and an edit resets it', async () => {
  const page = await open(shared);
  const form = formOf(page);
  await form.fill(' TEST-200-OKA-0000 ', 'GOOD-PASSCODE', 'sg1');
  await form.submit.click();
  await form.success.waitFor();
  assert.notEqual(await form.success.getByRole('status').textContent(), '');
  assert.equal(await form.host.locator('li.passed').count(), 4);
  assert.equal(await form.account.inputValue(), 'TEST-200-OKA-0000', 'the repaired id');
  assert.equal(await page.evaluate(() => document.querySelector('clevertap-connect-form').matches(':state(verified)')), true);
  await form.account.press('End');
  await form.account.press('X');
  assert.equal(await form.success.count(), 0);
  assert.equal(await form.host.getByRole('listitem').count(), 0);
  assert.equal(await page.evaluate(() => document.querySelector('clevertap-connect-form').matches(':state(verified)')), false);
  await page.finish();
});

test('guidance describes the field, which gets the focus', async () => {
  const page = await open(shared);
  const form = formOf(page);
  const events = await collectEvents(page);
  await form.fill('TEST-401-BAD-0000', 'GOOD-PASSCODE', 'in1');
  await form.submit.click();
  const [{ detail }] = await events();
  await form.host.locator('#account_id[aria-invalid="true"]').waitFor();
  assert.equal(await page.evaluate(() => document.querySelector('clevertap-connect-form').shadowRoot.activeElement.id), 'account_id');
  const description = await form.account.evaluate((input) =>
    input.getAttribute('aria-describedby').split(' ').map((id) => input.getRootNode().getElementById(id).textContent).join(' '),
  );
  for (const part of ['title', 'message', 'action']) assert.ok(description.includes(detail.guidance[part]), part);
  await form.account.press('End');
  await form.account.press('1');
  assert.equal(await form.host.locator('[aria-invalid="true"]').count(), 0, 'an edit takes the mark away');
  await page.finish();
});

test('find my region, then use the region found', async () => {
  const page = await open(shared);
  const form = formOf(page);
  const events = await collectEvents(page);
  const bodies = [];
  page.on('request', (request) => request.url().endsWith('/v1/verify') && bodies.push(request.postDataJSON()));
  await form.fill('TEST-EU1-OKA-0000', 'GOOD-PASSCODE', 'in1');
  await form.submit.click();
  await form.button('Find my region').click();
  await form.button('Use Europe (eu1) instead').waitFor();
  assert.equal(await form.region.getAttribute('aria-invalid'), 'true');
  await form.button('Use Europe (eu1) instead').click();
  await form.success.waitFor();
  assert.equal(await form.region.inputValue(), 'eu1');
  assert.deepEqual(bodies.map(({ region, suggest_region: suggest }) => [region, suggest]), [['in1', undefined], ['in1', true], ['eu1', undefined]]);
  assert.deepEqual((await events(3)).map(({ type }) => type), ['rejected', 'rejected', 'verified']);
  await page.finish();
});

test('a search that finds nothing does not offer another one', async () => {
  const page = await open(shared);
  const form = formOf(page);
  const events = await collectEvents(page);
  await form.fill('TEST-400-BAD-0000', 'GOOD-PASSCODE', 'in1');
  await form.submit.click();
  await form.button('Find my region').click();
  const [, second] = await events(2);
  assert.equal(second.detail.status, 'invalid_credentials');
  await form.host.locator('#passcode[aria-invalid="true"]').waitFor();
  assert.equal(await form.button('Find my region').count(), 0);
  await page.finish();
});

test('looking in every region chooses the one that was found', async () => {
  const page = await open(shared);
  const form = formOf(page);
  await form.fill('TEST-SG1-OKA-0000', 'GOOD-PASSCODE', 'auto');
  await form.host.getByText('are sent to CleverTap in every region').waitFor();
  await form.submit.click();
  await form.success.waitFor();
  assert.equal(await form.region.inputValue(), 'sg1');
  await page.finish();
});

test('a pasted dashboard address fills account and region', async () => {
  const page = await open(shared);
  const form = formOf(page);
  await form.region.locator('option[value="us1"]').waitFor({ state: 'attached' });
  await form.account.focus();
  await page.evaluate(() => document.execCommand('insertText', false, 'https://us1.dashboard.clevertap.com/TEST-200-OKA-0000/main'));
  assert.equal(await form.account.inputValue(), 'TEST-200-OKA-0000');
  assert.equal(await form.region.inputValue(), 'us1');
  await form.host.getByRole('status').filter({ hasText: 'Account ID and region were taken from the address' }).waitFor();
  await form.account.fill('https://eu1.dashboard.clevertap.com/TEST-EU1-OKA-0000/x');
  assert.equal(await form.account.inputValue(), 'TEST-EU1-OKA-0000');
  assert.equal(await form.region.inputValue(), 'eu1');
  await page.finish();
});

test('a typed address is read when the field loses the focus', async () => {
  const page = await open(shared);
  const form = formOf(page);
  await form.region.locator('option[value="us1"]').waitFor({ state: 'attached' });
  await form.account.pressSequentially('us1.dashboard.clevertap.com/TEST-200-OKA-0000/main');
  await form.account.press('Tab');
  assert.equal(await form.account.inputValue(), 'TEST-200-OKA-0000');
  assert.equal(await form.region.inputValue(), 'us1');
  await page.finish();
});

test('missing entries are named at once, without a request', async () => {
  const page = await open(shared);
  const form = formOf(page);
  let requests = 0;
  page.on('request', (request) => (requests += request.url().endsWith('/v1/verify') ? 1 : 0));
  await form.submit.click();
  assert.equal(await form.host.locator('[aria-invalid="true"]').count(), 3);
  await form.host.getByText('Enter the account ID.').waitFor();
  assert.equal(await page.evaluate(() => document.querySelector('clevertap-connect-form').shadowRoot.activeElement.id), 'account_id');
  await form.account.fill('TEST-200-OKA-0000');
  assert.equal(await form.host.locator('[aria-invalid="true"]').count(), 2);
  await assertAccessible(page, 'missing entries');
  assert.equal(requests, 0);
  await page.finish();
});

test('errors of the service are shown at their fields', async () => {
  const page = await open(shared);
  const form = formOf(page);
  const events = await collectEvents(page);
  await form.fill('TEST-200-OKA-0000'.repeat(5), 'päss', 'in1');
  await form.submit.click();
  const [event] = await events();
  assert.equal(event.type, 'rejected');
  for (const { pointer, detail } of event.detail.errors) {
    assert.equal(await form.host.locator(`${pointer}-error`.replace('#/', '#')).textContent(), detail);
  }
  assert.equal(await form.host.locator('[aria-invalid="true"]').count(), 2);
  assert.equal(await form.host.locator('li.failed').count(), 1);
  await assertAccessible(page, 'errors');
  await page.finish();
});

test('a temporary problem can be retried after its time', async () => {
  const page = await open(shared, '/', { init: (page) => page.clock.install() });
  const form = formOf(page);
  const events = await collectEvents(page);
  await form.fill('TEST-503-ERR-0000', 'GOOD-PASSCODE', 'in1');
  await form.submit.click();
  const [{ detail }] = await events();
  const seconds = detail.guidance.retry_after_seconds;
  assert.ok(seconds > 0);
  const waiting = form.button(/^Try again in 0:0/);
  await waiting.waitFor();
  assert.ok(await waiting.isDisabled());
  assert.equal(await form.host.getByRole('alert').getByRole('button').count(), 0, 'a countdown in a live region is read out each second');
  await page.clock.fastForward(seconds * 1000);
  await form.host.getByRole('status').filter({ hasText: 'You can try again now.' }).waitFor();
  await form.button('Try again').click();
  await events(2);
  await page.finish();
});

test('no network: unavailable, and a retry', async () => {
  const page = await open(shared);
  const form = formOf(page);
  const events = await collectEvents(page);
  await page.route('**/v1/verify', (route) => route.abort(), { times: 1 });
  await form.fill('TEST-200-OKA-0000', 'GOOD-PASSCODE', 'in1');
  await form.submit.click();
  const [event] = await events();
  assert.deepEqual([event.type, event.detail.code], ['unavailable', 'network_error']);
  await form.host.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor();
  await form.button('Try again').click();
  assert.equal((await events(2))[1].type, 'verified');
  await page.finish();
});

test('no answer within 15 seconds: unavailable', async () => {
  const page = await open(shared, '/', { init: (page) => page.clock.install() });
  const form = formOf(page);
  const events = await collectEvents(page);
  await page.route('**/v1/verify', () => {});
  await form.fill('TEST-200-OKA-0000', 'GOOD-PASSCODE', 'in1');
  await form.submit.click();
  await page.clock.fastForward(14_000);
  assert.equal(await page.evaluate(() => window.collected.length), 0);
  await page.clock.fastForward(1_100);
  const [event] = await events();
  assert.deepEqual([event.type, event.detail.code], ['unavailable', 'timeout']);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.finish();
});

test('an unreadable answer is not a verdict', async () => {
  for (const body of ['<html>', '{"status":"verified"', '{"status":"splendid","verified":true}', '{}', 'null', '{"verified":true}']) {
    const page = await open(shared);
    const form = formOf(page);
    const events = await collectEvents(page);
    await page.route('**/v1/verify', (route) => route.fulfill({ status: 200, contentType: 'application/json', body }));
    await form.fill('TEST-200-OKA-0000', 'GOOD-PASSCODE', 'in1');
    await form.submit.click();
    const [event] = await events();
    assert.deepEqual([event.type, event.detail.code], ['unavailable', 'unreadable_answer'], body);
    await page.finish();
  }
});

test('two quick clicks cause one request, and an edit aborts it', async () => {
  const page = await open(shared);
  const form = formOf(page);
  const events = await collectEvents(page);
  const requests = [];
  page.on('request', (request) => request.url().endsWith('/v1/verify') && requests.push(request));
  await form.fill('TEST-SLO-OKA-0000', 'GOOD-PASSCODE', 'us1');
  await form.submit.dblclick();
  await form.button('Checking…').click({ force: true });
  await form.account.press('Enter');
  assert.equal(requests.length, 1);
  const ended = page.waitForEvent('requestfailed', (request) => request === requests[0]);
  await form.account.fill('TEST-400-BAD-0000');
  await ended;
  await form.submit.click();
  const [event, ...more] = await events();
  assert.deepEqual([event.detail.status, more.length, requests.length], ['invalid_credentials', 0, 2]);
  await page.finish();
});

test('the keyboard alone is enough', async () => {
  const page = await open(shared);
  const form = formOf(page);
  await form.region.locator('option[value="in1"]').waitFor({ state: 'attached' });
  await form.account.focus();
  await page.keyboard.type('TEST-US1-OKA-0000');
  await page.keyboard.press('Tab');
  await page.keyboard.type('GOOD-PASSCODE');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await form.passcode.getAttribute('type'), 'text', 'the toggle shows it');
  await page.keyboard.press('Space');
  assert.equal(await form.passcode.getAttribute('type'), 'password');
  await page.keyboard.press('Tab');
  while ((await form.region.inputValue()) !== 'in1') await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await form.host.locator('#account_id:focus[aria-invalid="true"]').waitFor();
  for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await form.host.locator('#region:focus[aria-invalid="true"]').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await form.success.waitFor();
  assert.equal(await page.evaluate(() => document.querySelector('clevertap-connect-form').shadowRoot.activeElement.type), 'submit');
  await page.finish();
});

test('every control has its name and its help', async () => {
  const page = await open(shared);
  const form = formOf(page);
  await form.region.locator('option[value="in1"]').waitFor({ state: 'attached' });
  assert.match(await form.host.ariaSnapshot(), /textbox "Account ID"[\s\S]*textbox "Passcode"[\s\S]*button "Show passcode"[\s\S]*combobox "Region"[\s\S]*button "Verify"/);
  for (const field of [form.account, form.passcode, form.region]) {
    const help = await field.evaluate((input) => input.getRootNode().getElementById(`${input.id}-help`).textContent);
    assert.ok(help.length > 20);
    assert.ok((await field.getAttribute('aria-describedby')).includes('-help'));
  }
  await page.finish();
});

test('the passcode is not stored', async () => {
  const secret = 'NOT-A-REAL-ONEL';
  const page = await open(shared);
  const form = formOf(page);
  const events = await collectEvents(page);
  await form.fill('TEST-200-OKA-0000', secret, 'in1');
  await form.button('Show passcode').click();
  await form.submit.click();
  await events();
  assert.equal(await form.passcode.getAttribute('type'), 'password', 'it is hidden again when it is sent');
  const traces = await page.evaluate(() => {
    const host = document.querySelector('clevertap-connect-form');
    return [
      document.documentElement.outerHTML,
      host.shadowRoot.innerHTML,
      JSON.stringify({ ...localStorage, ...sessionStorage }),
      document.cookie,
      location.href,
      JSON.stringify(history.state),
      JSON.stringify(window.collected),
      JSON.stringify(performance.getEntriesByType('resource').map(({ name }) => name)),
    ];
  });
  assert.deepEqual(traces.filter((text) => text?.includes(secret)), []);
  assert.equal(await form.passcode.getAttribute('autocomplete'), 'off');
  await page.evaluate(() => document.querySelector('clevertap-connect-form').remove());
  await page.finish();
});

test('mistakes cause hints while typing, and prevent nothing', async () => {
  const rows = [
    { code: 'check_account_id', reason: null, title: 'CleverTap does not know this account ID', message: 'No such account.', action: 'Copy it.' },
    { code: 'check_account_id', reason: 'email_address', title: 'This is an e-mail address', message: '…', action: 'Copy the Project ID instead.' },
    { code: 'looks_like_token', reason: null, title: 'This looks like an account token', message: '…', action: 'Copy a passcode.' },
  ];
  const init = (page) => page.route('**/v1/guidance*', (route) => route.fulfill({ json: { lang: 'en', guidance: rows } }));
  const page = await open(shared, '/', { init });
  const form = formOf(page);
  await form.region.locator('option[value="in1"]').waitFor({ state: 'attached' });
  await form.account.pressSequentially('me@example.com');
  await form.host.getByText('This is an e-mail address. Copy the Project ID instead.').waitFor();
  assert.equal(await form.account.getAttribute('aria-invalid'), null);
  assert.match(await form.account.getAttribute('aria-describedby'), /account_id-hint/);
  await form.passcode.fill('056-b12');
  await form.passcode.blur();
  await form.host.getByText('This looks like an account token. Copy a passcode.').waitFor();
  await assertAccessible(page, 'hints');
  await form.account.fill('TEST-200-OKA-0000');
  await form.account.blur();
  assert.equal(await form.host.getByText('This is an e-mail address').count(), 0);
  await page.finish();
});

test('a list of regions that does not load can be loaded again', async () => {
  const init = (page) => page.route('**/v1/regions', (route) => route.fulfill({ status: 200, body: 'no JSON' }), { times: 2 });
  const page = await open(shared, '/', { init });
  const form = formOf(page);
  await form.host.getByText('The list of regions could not be loaded.').waitFor();
  await form.button('Try again').click();
  await form.region.locator('option[value="in1"]').waitFor({ state: 'attached' });
  assert.equal(await form.host.getByText('could not be loaded').count(), 0);
  await page.finish();
});

test('names with markup remain text', async () => {
  const evil = '<img src=x onerror=alert(1)>';
  const region = { id: 'in1', name: evil, api_host: 'x', dashboard_url: 'javascript:alert(1)', aliases: [] };
  const guidance = { code: 'contact_operator', owner: 'operator', title: evil, message: evil, action: evil, fields: [], docs_url: 'javascript:alert(1)', support: { to: evil, subject: evil, body: evil } };
  const init = async (page) => {
    await page.route('**/v1/regions', (route) => route.fulfill({ json: { regions: [region] } }));
    await page.route('**/v1/verify', (route) => route.fulfill({ status: 502, json: { code: 'upstream_unexpected', guidance, request_id: evil } }));
  };
  const page = await open(shared, '/', { init });
  const form = formOf(page);
  await form.fill('TEST-200-OKA-0000', 'GOOD-PASSCODE', 'in1');
  await form.submit.click();
  await form.host.getByRole('alert').getByText(evil).first().waitFor();
  const links = await form.host.locator('a').evaluateAll((all) => all.map((link) => link.protocol));
  assert.deepEqual(links, ['mailto:']);
  assert.equal(await page.locator('img[src="x"]').count(), 0);
  await page.finish();
});

test('inside a form, only verified values are submitted, and only on request', async () => {
  const page = await open(shared);
  await page.evaluate(() => {
    const outer = document.createElement('form');
    outer.id = 'outer';
    const inner = document.createElement('clevertap-connect-form');
    inner.setAttribute('required', '');
    document.querySelector('clevertap-connect-form').remove();
    outer.append(inner);
    document.querySelector('main').append(outer);
  });
  const form = formOf(page);
  const entries = () => page.evaluate(() => [...new FormData(document.getElementById('outer'))]);
  const isValid = () => page.evaluate(() => document.getElementById('outer').checkValidity());
  await form.fill('TEST-200-OKA-0000', 'GOOD-PASSCODE', 'in1');
  await page.evaluate(() => document.querySelector('clevertap-connect-form').setAttribute('name', 'ct'));
  assert.deepEqual(await entries(), []);
  assert.equal(await isValid(), false);
  await form.submit.click();
  await form.success.waitFor();
  assert.equal(await isValid(), true);
  assert.deepEqual(await entries(), [['ct_account_id', 'TEST-200-OKA-0000'], ['ct_passcode', 'GOOD-PASSCODE'], ['ct_region', 'in1']]);
  await page.evaluate(() => document.querySelector('clevertap-connect-form').removeAttribute('name'));
  assert.deepEqual(await entries(), []);
  await page.evaluate(() => document.getElementById('outer').reset());
  assert.deepEqual([await form.account.inputValue(), await form.passcode.inputValue(), await isValid()], ['', '', false]);
  await page.finish();
});
