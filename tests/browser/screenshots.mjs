// Takes the screenshots in docs/screenshots: `scripts/check-browser --screenshots`.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startDevServer } from './dev-server.mjs';
import { formOf, launchBrowser } from './harness.mjs';
import { startService } from './service.mjs';

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
const PHONE = { width: 390, height: 844, scale: 2 };

async function verify(page, account) {
  await page.locator('button.account', { hasText: account }).click();
  const answer = page.waitForResponse('**/v1/verify');
  await page.locator('clevertap-connect-form').locator('button[type=submit]').click();
  await answer;
  await page.locator('clevertap-connect-form').locator('.block:not(.empty)').waitFor();
}

const PICTURES = {
  'page-light': { act: (page) => verify(page, 'TEST-200-OKA-0000') },
  'page-dark': {
    scheme: 'dark',
    act: async (page) => {
      await verify(page, 'TEST-EU1-OKA-0000');
      await formOf(page).button('Find my region').click();
      await formOf(page).button(/Use Europe/).waitFor();
    },
  },
  'page-arabic': { path: '/?lang=ar', act: (page) => verify(page, 'TEST-401-BAD-0000') },
  'form-phone': {
    ...PHONE,
    act: async (page) => {
      await verify(page, 'TEST-401-BAD-0000');
      await page.evaluate(() => scrollTo(0, document.querySelector('.form').getBoundingClientRect().top + scrollY - 12));
    },
  },
  reference: { path: '/docs', act: (page) => page.locator('article.operation').first().waitFor() },
};

const service = await startService();
const front = process.env.BROWSER_WEB === 'disk' ? await startDevServer(service) : null;
const browser = await launchBrowser();
await mkdir(folder, { recursive: true });
for (const [name, { path = '/', scheme = 'light', width = 1440, height = 1040, scale = 1, act }] of Object.entries(PICTURES)) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height }, deviceScaleFactor: scale, locale: 'en-US', reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(new URL(path, (front ?? service).base).href);
  await page.waitForLoadState('networkidle');
  await act(page);
  if (width > 1000) await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: `${folder}${name}.png` });
  await context.close();
}
await browser.close();
await front?.stop();
await service.stop();
