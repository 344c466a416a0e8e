// The reference at /docs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, open, useBrowser } from './harness.mjs';

const shared = useBrowser();
const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];

async function openDocs(options, path = '/docs') {
  const page = await open(shared, path, options);
  await page.locator('article.operation').first().waitFor();
  return page;
}

test('shows every operation and every schema of the document', async () => {
  const openapi = await (await fetch(new URL('/openapi.json', shared.base))).json();
  const page = await openDocs();
  const routes = Object.entries(openapi.paths).flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => `${method.toUpperCase()} ${path}`));
  const shown = await page.locator('.operation .route').evaluateAll((all) => all.map((route) => `${route.querySelector('.method').textContent} ${route.querySelector('code').textContent}`));
  assert.deepEqual(shown.sort(), routes.sort());
  const schemas = await page.locator('article.named-schema').evaluateAll((all) => all.map(({ id }) => id));
  assert.deepEqual(schemas, Object.keys(openapi.components?.schemas ?? {}).map((name) => `schema-${name}`));
  for (const link of await page.locator('main a[href^="#"]').evaluateAll((all) => all.map((a) => a.getAttribute('href')))) {
    assert.equal(await page.locator(`[id="${link.slice(1)}"]`).count(), 1, `${link} leads somewhere`);
  }
  assert.equal(await page.getByText('[object Object]').count(), 0);
  assert.equal(await page.getByText('undefined', { exact: true }).count(), 0);
  await page.finish();
});

for (const [name, options] of Object.entries({ light: {}, dark: { scheme: 'dark' }, narrow: { width: 320, height: 640 } })) {
  test(`has no accessibility violation: ${name}`, async () => {
    const page = await openDocs(options);
    await page.locator('details').evaluateAll((all) => all.forEach((details) => (details.open = true)));
    await assertAccessible(page, name);
    const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(width <= 0, `${width} pixels too wide`);
    await page.finish();
  });
}

test('filters the contents', async () => {
  const page = await openDocs();
  await page.getByLabel('Filter').fill('post verify');
  const links = await page.locator('#contents li:visible').allTextContents();
  assert.ok(links.length > 0 && links.every((text) => /POST.*verify/.test(text)), links.join());
  await page.finish();
});

test('scrolls to the target of the address', async () => {
  const page = await openDocs();
  const id = await page.locator('article.operation').last().getAttribute('id');
  await page.finish();
  const again = await openDocs({}, `/docs#${id}`);
  await again.waitForFunction((name) => Math.abs(document.getElementById(name).getBoundingClientRect().top) < innerHeight, id);
  await again.finish();
});

test('reports a document that does not load', async () => {
  const page = await open(shared, '/docs', { init: (page) => page.route('**/openapi.json', (route) => route.fulfill({ status: 200, body: 'no JSON' })) });
  await page.getByText('openapi.json could not be shown').waitFor();
  await page.finish();
});
