// One service and one browser per test file, and a page that records forbidden actions.
//
// BROWSER_WEB=disk serves web/ from disk in front of the service (see dev-server.mjs); without it the service's own
// routes are tested.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { startDevServer } from './dev-server.mjs';
import { startService } from './service.mjs';

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Limits that a test file's failures do not reach: breakers and limits have their own tests. */
const PATIENT = {
  CONNECT_VERIFIER__UPSTREAM__BREAKER__FAILURE_THRESHOLD: '100000',
  CONNECT_VERIFIER__AUTH__ADDRESS_RATE_PER_SECOND: '1000',
  CONNECT_VERIFIER__AUTH__ADDRESS_BURST: '1000',
};

export async function launchBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS });
}

/** Starts everything before a file's tests and stops it after them. */
export function useBrowser() {
  const shared = {};
  before(async () => {
    shared.service = await startService({ env: PATIENT });
    const front = process.env.BROWSER_WEB === 'disk' ? await startDevServer(shared.service) : null;
    shared.base = (front ?? shared.service).base;
    shared.stopFront = front?.stop;
    shared.browser = await launchBrowser();
  });
  after(async () => {
    await shared.browser?.close();
    await shared.stopFront?.();
    await shared.service?.stop();
  });
  return shared;
}

/** Opens a page and records every console error, exception and request to another origin. */
export async function open(shared, path = '/', { scheme = 'light', width = 1280, height = 900, locale = 'en-US', reducedMotion, init, allow = [] } = {}) {
  const context = await shared.browser.newContext({ colorScheme: scheme, viewport: { width, height }, locale, reducedMotion });
  const page = await context.newPage();
  const faults = [];
  const origins = [shared.base, ...allow].map((address) => new URL(address).origin);
  page.on('pageerror', (error) => faults.push(`exception: ${error.stack}`));
  page.on('console', (message) => {
    // Chromium itself reports every 4xx or 5xx response, which a verification may have.
    const isAnswer = message.text().startsWith('Failed to load resource') && /\/v1\/verify$/.test(message.location().url);
    if (['error', 'warning'].includes(message.type()) && !isAnswer) faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && !origins.includes(origin)) faults.push(`request to ${request.url()}`);
  });
  if (init) await init(page);
  await page.goto(new URL(path, shared.base).href);
  await page.waitForFunction(() => !document.querySelector(':not(:defined)'));
  page.finish = async () => {
    await context.close();
    assert.deepEqual(faults, []);
  };
  return page;
}

/** Fails with the violations that axe finds, each with the elements it found them on. */
export async function assertAccessible(page, name, { only } = {}) {
  // Colours during a transition are not meaningful.
  await page.evaluate(() => Promise.all(document.getAnimations({ subtree: true }).filter((one) => one.effect.getComputedTiming().iterations < 9).map((one) => one.finished)));
  const axe = new AxeBuilder({ page });
  const { violations } = await (only ? axe.include(only) : axe).analyze();
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ target, failureSummary }) => `  ${target}: ${failureSummary}`).join('\n')}`);
  assert.deepEqual(found, [], name);
}

/** The parts of the form by their visible names. */
export function formOf(page) {
  const host = page.locator('clevertap-connect-form');
  return {
    host,
    account: host.getByLabel('Account ID', { exact: true }),
    passcode: host.getByLabel('Passcode', { exact: true }),
    region: host.getByLabel('Region', { exact: true }),
    submit: host.getByRole('button', { name: 'Verify', exact: true }),
    button: (name) => host.getByRole('button', { name }),
    success: host.locator('.block.success'),
    async fill(account, passcode, region) {
      await this.region.locator('option[value="in1"]').waitFor({ state: 'attached' });
      await this.account.fill(account);
      await this.passcode.fill(passcode);
      if (region) await this.region.selectOption(region);
    },
  };
}

/** Starts to collect the form's events in the page. */
export async function collectEvents(page) {
  await page.evaluate(() => {
    window.collected = [];
    for (const type of ['verified', 'rejected', 'unavailable']) {
      document.addEventListener(type, ({ detail, composed }) => window.collected.push({ type, detail, composed }));
    }
  });
  return async (count = 1) => {
    await page.waitForFunction((wanted) => window.collected.length >= wanted, count, { timeout: 15_000 });
    return page.evaluate(() => window.collected);
  };
}
