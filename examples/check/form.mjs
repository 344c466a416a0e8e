// Drives examples/form.html in a real browser, once for each backend; prints a JSON line [name, good, found] for each check.
import { createRequire } from 'node:module';
const require = createRequire(`${process.env.NODE_TOOLS}/`);
const { chromium } = require('playwright-core');
const { AxeBuilder } = require('@axe-core/playwright');

const check = (name, good, found = '') => console.log(JSON.stringify([name, Boolean(good), String(found)]));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

async function submit(page, accountId, passcode, region, button = 'Connect') {
  if (accountId !== null) await page.getByLabel('Account ID').fill(accountId);
  if (passcode !== null) await page.getByLabel('Passcode').fill(passcode);
  if (region !== null) await page.getByLabel('Region').selectOption(region);
  const answered = page.waitForResponse(response => response.url().endsWith('/connect'));
  await page.getByRole('button', { name: button }).click();
  await (await answered).finished();
  await page.waitForFunction(() => document.querySelector('#result h2') && document.activeElement !== document.body);
}

const focused = page => page.evaluate(() => document.activeElement.id);
const marked = page => page.locator('[aria-invalid=true]').evaluateAll(found => found.map(({ id }) => id).join());
const text = (page, id) => page.locator(id).innerText();

async function axe(page, name, state) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  check(`${name}: axe, ${state}`, violations.length === 0, violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`));
}

async function drive(name, port, { locale, colorScheme }, home, other) {
  const context = await browser.newContext({ locale, colorScheme });
  const page = await context.newPage();
  const wrong = [];
  page.on('pageerror', error => wrong.push(error.message));
  page.on('request', request => { if (!request.url().startsWith(`http://127.0.0.1:${port}/`)) wrong.push(request.url()); });
  await page.goto(`http://127.0.0.1:${port}/`);
  await axe(page, name, 'empty');

  await submit(page, '', '', 'in1');
  check(`${name}: empty fields are marked, and the first has the focus`, await marked(page) === 'account_id,passcode' && await focused(page) === 'account_id', await marked(page));
  await axe(page, name, 'refused');

  await submit(page, `TEST-${home.toUpperCase()}-OKA-0000`, 'GOOD-PASSCODE', other);
  check(`${name}: a refusal is at both fields`, await marked(page) === 'account_id,passcode' && await text(page, '#passcode-error'), await marked(page));
  await submit(page, null, null, null, 'Look for my account in every region');
  check(`${name}: the right region is at the region`, await marked(page) === 'region' && await focused(page) === 'region', await marked(page));
  await submit(page, null, null, null, /^Use .+ and try again$/);
  check(`${name}: and is verified there`, await marked(page) === '' && await page.getByLabel('Passcode').inputValue() === '', await text(page, '#result'));

  await submit(page, 'TEST-403-WLS-0000', 'GOOD-PASSCODE', 'in1');
  check(`${name}: not whitelisted marks no field`, await marked(page) === '' && await focused(page) === 'result', await marked(page));

  await submit(page, 'TEST-503-ERR-0000', 'GOOD-PASSCODE', 'us1');
  const button = page.locator('#connect');
  check(`${name}: an outage marks no field`, await marked(page) === '', await marked(page));
  check(`${name}: and counts down to the next try`, await button.isDisabled() && /^Try again in \d+ s$/.test(await button.innerText()), await button.innerText());
  check(`${name}: in the browser's language`, await page.locator('#result').getAttribute('lang') === locale, await text(page, '#result'));
  await axe(page, name, 'try again');
  await page.waitForFunction(() => document.querySelector('#connect').textContent === 'Connect' && !document.querySelector('#connect').disabled);

  await page.route('**/connect', route => route.abort());
  await page.getByLabel('Passcode').fill('x');
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByRole('heading', { name: 'could not be checked' }).waitFor();
  check(`${name}: a backend that is not there marks no field`, await marked(page) === '', await marked(page));
  check(`${name}: no error, and no other host`, wrong.length === 0, wrong);
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png` });
  await context.close();
}

// The account's region and the region that is asked first. A different pair for each, because a wrong region is cached
// once it was found. The regions have three letters, because TEST-APS3-OKA-0000 is recognised as an id with an overlong
// group.
const pairs = [['in1', 'sg1'], ['eu1', 'us1'], ['sg1', 'aps3'], ['us1', 'mec1'], ['in1', 'us1'], ['eu1', 'mec1']];
const kinds = [{ locale: 'en', colorScheme: 'light' }, { locale: 'ar', colorScheme: 'dark' }, { locale: 'es', colorScheme: 'light' }];
try {
  const ports = Object.entries(JSON.parse(process.argv[2]));
  await Promise.all(ports.map(([name, port], index) =>
    drive(`${name}, form`, port, kinds[index % kinds.length], ...pairs[index])));
} finally {
  await browser.close();
}
