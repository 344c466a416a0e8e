// The form in a partner's page: another origin, a strict policy, and a session token from the partner's backend.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startDevServer } from './dev-server.mjs';
import { assertAccessible, collectEvents, formOf, launchBrowser, open } from './harness.mjs';
import { startService } from './service.mjs';

const shared = {};
const key = `cvk_${randomBytes(32).toString('base64url')}`;
let folder;
let sandbox;

/** The partner's server: one page, and one route that creates a session with the key. */
async function startPartner() {
  const server = createServer(async (incoming, response) => {
    const origin = `http://${incoming.headers.host}`;
    if (incoming.url === '/session') {
      const { token } = await createSession(origin);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token }));
      return;
    }
    if (incoming.url === '/app.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(APP);
      return;
    }
    if (incoming.url === '/favicon.ico') {
      response.writeHead(204).end();
      return;
    }
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; script-src 'self' ${shared.base}; connect-src 'self' ${shared.base}; style-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'`,
      'referrer-policy': 'no-referrer',
    });
    response.end(`<!doctype html><html lang="en"><title>Partner</title><main><h1>Partner</h1>
<clevertap-connect-form endpoint="${shared.base}" hidden></clevertap-connect-form></main>
<script type="module" src="${shared.base}/widget/connect-form.js"></script>
<script type="module" src="/app.js"></script>`);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, base: `http://127.0.0.1:${server.address().port}` };
}

const APP = `
const { token } = await (await fetch('/session')).json();
const form = document.querySelector('clevertap-connect-form');
form.token = token;
form.hidden = false;
`;

async function createSession(origin, more = {}) {
  const response = await fetch(`${shared.base}/v1/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ origin, ...more }),
  });
  assert.ok(response.ok, await response.clone().text());
  return response.json();
}

function clientOf(origin) {
  const hash = createHash('sha256').update(key).digest('hex');
  return `[[clients]]\nname = "test"\npartner = "test"\nkey_sha256 = ["${hash}"]\nallowed_origins = ["${origin}"]\n`;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'connect-verifier-'));
  // The service runs as for a partner, with keys, and calls the simulated CleverTap of another instance.
  sandbox = await startService();
  const partner = await startPartner();
  const other = await startPartner();
  Object.assign(shared, { partner, other });
  const regions = ['in1', 'eu1', 'us1', 'sg1', 'aps3', 'mec1'].map((id) => `[regions.${id}]\nbase_url = "${sandbox.sandbox}/${id}"\n`);
  const file = join(folder, 'config.toml');
  await writeFile(file, `${regions.join('\n')}\n${clientOf(partner.base)}`);
  shared.service = await startService({ args: ['--config', file] });
  const front = process.env.BROWSER_WEB === 'disk' ? await startDevServer(shared.service) : null;
  shared.base = (front ?? shared.service).base;
  shared.stopFront = front?.stop;
  shared.browser = await launchBrowser();
});

after(async () => {
  await shared.browser?.close();
  await shared.stopFront?.();
  for (const { server } of [shared.partner, shared.other]) {
    server.closeAllConnections();
    server.close();
  }
  await shared.service?.stop();
  await sandbox?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function openPartner(partner, options = {}) {
  const page = await open(shared, `${partner.base}/`, { allow: [partner.base], ...options });
  await page.locator('clevertap-connect-form').getByLabel('Account ID').waitFor();
  return page;
}

test('loads under a strict policy and lists the regions', async () => {
  const page = await openPartner(shared.partner);
  await formOf(page).region.locator('option[value="in1"]').waitFor({ state: 'attached' });
  await assertAccessible(page, 'in a foreign page');
  await page.finish();
});

test('without a token: unavailable, with the text of the service', async () => {
  const page = await openPartner(shared.partner);
  const form = formOf(page);
  const events = await collectEvents(page);
  await page.evaluate(() => document.querySelector('clevertap-connect-form').removeAttribute('token'));
  await form.fill('TEST-200-OKA-0000', 'GOOD-PASSCODE', 'in1');
  await page.route('**/v1/verify', (route) => route.fulfill({ status: 401, json: { code: 'unauthenticated', guidance: { code: 'fix_request', owner: 'partner', title: 'No', message: 'm', action: 'a', fields: [] } } }));
  await form.submit.click();
  const [event] = await events();
  assert.deepEqual([event.type, event.detail.code], ['unavailable', 'unauthenticated']);
  await page.finish();
});

test('a new token repeats the refused request once', async () => {
  const page = await openPartner(shared.partner);
  const form = formOf(page);
  const events = await collectEvents(page);
  const tokens = [];
  await page.route('**/v1/verify', (route) => {
    tokens.push(route.request().headers().authorization);
    return route.fulfill({ status: 401, json: { code: 'unauthenticated', guidance: { code: 'fix_request', owner: 'partner', title: 'No', message: 'm', action: 'a', fields: [] } } });
  });
  await page.evaluate(() => {
    const form = document.querySelector('clevertap-connect-form');
    let count = 0;
    form.addEventListener('unavailable', () => (form.token = `fresh-${(count += 1)}`));
    form.token = 'stale';
  });
  await form.fill('TEST-200-OKA-0000', 'GOOD-PASSCODE', 'in1');
  await form.submit.click();
  await events(2);
  await page.waitForLoadState('networkidle');
  assert.deepEqual(tokens, ['Bearer stale', 'Bearer fresh-1']);
  await page.finish();
});

test('follows the page’s colours where the page asks for it', async () => {
  const page = await openPartner(shared.partner, { scheme: 'dark' });
  const colour = () => page.locator('clevertap-connect-form').locator('form').evaluate((form) => getComputedStyle(form).backgroundColor);
  const dark = await colour();
  await page.evaluate(() => document.querySelector('clevertap-connect-form').style.setProperty('--ctc-color-scheme', 'light'));
  assert.notEqual(await colour(), dark);
  await page.evaluate(() => document.querySelector('clevertap-connect-form').style.setProperty('--ctc-surface', 'rgb(1, 2, 3)'));
  assert.equal(await colour(), 'rgb(1, 2, 3)');
  await page.finish();
});

test('the page outside the sandbox asks for a token and offers no test accounts', async (context) => {
  // The real regions: nothing is sent there, because the token is rejected first.
  const file = join(folder, 'page.toml');
  await writeFile(file, clientOf('https://dash.example.com'));
  const service = await startService({ args: ['--config', file], env: { CONNECT_VERIFIER__PAGE__ENABLED: 'true' } });
  const front = process.env.BROWSER_WEB === 'disk' ? await startDevServer(service) : null;
  context.after(async () => {
    await front?.stop();
    await service.stop();
  });
  const page = await open({ ...shared, base: (front ?? service).base }, '/');
  await page.getByText('Session token').click();
  await page.locator('#token').fill('from-the-page');
  assert.equal(await page.locator('button.account:visible').count(), 0);
  assert.equal(await page.locator('#badge').isVisible(), false);
  await assertAccessible(page, 'outside the sandbox');
  const form = formOf(page);
  const sent = page.waitForRequest('**/v1/verify');
  await form.fill('TEST-200-OKA-0000', 'GOOD-PASSCODE', 'in1');
  await form.submit.click();
  assert.equal((await sent).headers().authorization, 'Bearer from-the-page');
  await form.host.getByRole('alert').filter({ hasText: /\S/ }).waitFor();
  await page.finish();
});

describe('with a session token', () => {
  test('verifies', async () => {
    const page = await openPartner(shared.partner);
    const form = formOf(page);
    const events = await collectEvents(page);
    await form.fill('TEST-EU1-OKA-0000', 'GOOD-PASSCODE', 'in1');
    await form.submit.click();
    await form.button('Find my region').click();
    await form.button('Use Europe (eu1) instead').click();
    await form.success.waitFor();
    assert.deepEqual((await events(3)).map(({ type }) => type), ['rejected', 'rejected', 'verified']);
    await page.finish();
  });

  test('answers are readable, including problems', async () => {
    const page = await openPartner(shared.partner);
    const form = formOf(page);
    const events = await collectEvents(page);
    await form.fill('TEST-503-ERR-0000', 'GOOD-PASSCODE', 'in1');
    await form.submit.click();
    const [event] = await events();
    assert.deepEqual([event.type, event.detail.code], ['unavailable', 'upstream_unavailable']);
    await page.finish();
  });

  test('a token of another origin is refused', async () => {
    const { token } = await createSession(shared.partner.base);
    const answer = await fetch(`${shared.base}/v1/verify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', origin: shared.other.base },
      body: JSON.stringify({ account_id: 'TEST-200-OKA-0000', passcode: 'GOOD-PASSCODE', region: 'in1' }),
    });
    assert.equal(answer.status, 403);
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
  });

  test('a token without attempts left results in guidance', async () => {
    const page = await openPartner(shared.partner);
    const form = formOf(page);
    const events = await collectEvents(page);
    const { token } = await createSession(shared.partner.base, { max_attempts: 1 });
    await page.evaluate((value) => (document.querySelector('clevertap-connect-form').token = value), token);
    await form.fill('TEST-200-OKA-0000', 'WRONG-ONE', 'in1');
    await form.submit.click();
    await events(1);
    await form.passcode.fill('GOOD-PASSCODE');
    await form.submit.click();
    const [, second] = await events(2);
    assert.deepEqual([second.type, second.detail.code], ['unavailable', 'too_many_attempts']);
    await page.finish();
  });
});
