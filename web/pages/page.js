// The onboarding page: test accounts, the live form, and the exchange with the service.

import { copyButton, showCode, showJson } from './code.js';
import { LANGUAGES, PAGE } from './page-strings.js';

const PASSCODE = 'GOOD-PASSCODE';
const HEADERS = ['cache-status', 'retry-after', 'ratelimit', 'x-request-id'];
const ACCOUNTS = {
  accepted: ['TEST-200-OKA-0000', 'TEST-FLP-OKA-0000', 'TEST-SLO-OKA-0000'],
  refused: ['TEST-400-BAD-0000', 'TEST-401-BAD-0000', 'TEST-403-WLS-0000'],
  silent: [
    'TEST-429-BSY-0000',
    'TEST-500-ERR-0000',
    'TEST-503-ERR-0000',
    'TEST-504-ERR-0000',
    'TEST-HTM-ERR-0000',
    'TEST-HNG-ERR-0000',
    'TEST-RST-ERR-0000',
  ],
};

const find = (id) => document.getElementById(id);
const form = find('form');
const base = new URL('..', import.meta.url).href.replace(/\/$/, '');
let texts = PAGE.en;
let regions = [];
let script = { src: `${base}/widget/connect-form.js`, integrity: null };

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// ---- language

function speak(tag) {
  texts = PAGE[tag];
  const root = document.documentElement;
  root.lang = tag;
  root.dir = tag === 'ar' ? 'rtl' : 'ltr';
  form.lang = tag;
  for (const labelled of document.querySelectorAll('[data-t]')) labelled.textContent = texts[labelled.dataset.t];
  for (const labelled of document.querySelectorAll('[data-label]')) labelled.ariaLabel = texts[labelled.dataset.label];
  find('language').value = tag;
  listAccounts();
  showSnippets();
}

function offerLanguages() {
  const select = find('language');
  select.append(...Object.entries(LANGUAGES).map(([tag, name]) => element('option', { value: tag, lang: tag }, name)));
  const wanted = [new URLSearchParams(location.search).get('lang'), ...navigator.languages].filter(Boolean);
  const known = Object.keys(LANGUAGES);
  const start = wanted.map((tag) => known.find((one) => one === tag || one.split('-')[0] === tag.split('-')[0])).find(Boolean);
  select.addEventListener('change', () => {
    const address = new URL(location.href);
    address.searchParams.set('lang', select.value);
    history.replaceState(null, '', address);
    speak(select.value);
  });
  speak(start ?? 'en');
}

// ---- test accounts

function listAccounts() {
  const places = regions.map(({ id }) => `TEST-${id.toUpperCase()}-OKA-0000`);
  const groups = { accepted: ACCOUNTS.accepted, region: places, refused: ACCOUNTS.refused, silent: ACCOUNTS.silent };
  find('account-groups').replaceChildren(
    ...Object.entries(groups).map(([name, accounts]) =>
      element(
        'div',
        { className: `group ${name}` },
        element('h3', {}, texts[`group_${name}`]),
        element('ul', { role: 'list' }, ...accounts.map((account, index) => element('li', {}, accountButton(name, account, index)))),
      ),
    ),
  );
}

function accountButton(group, account, index) {
  const description = group === 'region' ? regions[index].name : texts[account.slice(5, 8)];
  const button = element('button', { type: 'button', className: 'account', ariaPressed: 'false' });
  button.append(element('code', { dir: 'ltr' }, account), element('span', {}, description));
  button.addEventListener('click', () => {
    for (const other of document.querySelectorAll('.account')) other.ariaPressed = String(other === button);
    // An account of one region is shown with another region, the mistake that "Find my region" corrects.
    const other = regions.find(({ id }, position) => (group === 'region' ? position !== index : id === 'in1')) ?? regions[0];
    form.fill({ account_id: account, passcode: PASSCODE, region: other?.id ?? 'auto' });
    const { top } = form.getBoundingClientRect();
    if (top < 0 || top > innerHeight / 2) form.scrollIntoView({ behavior: 'smooth' });
  });
  return button;
}

/** The simulated CleverTap listens on this machine, so the page offers its accounts only there. */
async function loadRegions() {
  const response = await fetch(`${base}/v1/regions`);
  ({ regions } = await response.json());
  const isSandbox = regions.some(({ api_host: host }) => /^(?:127\.|localhost|\[::1\])/.test(host));
  find('badge').hidden = find('accounts').hidden = !isSandbox;
  find('token-box').hidden = isSandbox;
  listAccounts();
}

// ---- the exchange

/** Observes the form's request, to show exactly what was sent, except for the passcode. */
function watchExchange() {
  const plainFetch = window.fetch;
  window.fetch = async (address, init = {}) => {
    if (!String(address).endsWith('/v1/verify')) return plainFetch(address, init);
    const shown = { ...JSON.parse(init.body), passcode: '•'.repeat(8) };
    showJson(find('request'), shown);
    showAnswer(null);
    const start = performance.now();
    try {
      const response = await plainFetch(address, init);
      const copy = response.clone();
      copy.text().then((text) => showAnswer({ response, text, duration: performance.now() - start }), () => {});
      return response;
    } catch (error) {
      showAnswer({ response: null, text: '', duration: performance.now() - start });
      throw error;
    }
  };
  showJson(find('request'), { account_id: '', passcode: '', region: '', lang: document.documentElement.lang });
}

function showAnswer(answer) {
  const { response, text, duration } = answer ?? {};
  const status = find('status');
  find('waiting').hidden = answer !== null;
  find('waiting').textContent = texts.waiting;
  status.hidden = find('answer').hidden = !response;
  find('headers').hidden = true;
  find('time').textContent = answer ? `${Math.round(duration)} ms` : '';
  if (!response) return;
  status.textContent = `${response.status} ${response.statusText}`.trim();
  status.className = `status ${response.status >= 500 ? 'broken' : response.status >= 400 ? 'problem' : ''}`;
  const lines = HEADERS.filter((name) => response.headers.has(name)).map((name) => `${name}: ${response.headers.get(name)}`);
  find('headers').hidden = lines.length === 0;
  find('headers').textContent = lines.join('\n');
  try {
    showJson(find('answer'), JSON.parse(text));
  } catch {
    find('answer').textContent = text;
  }
}

// ---- snippets

function showSnippets() {
  const integrity = script.integrity ? `\n        integrity="${script.integrity}" crossorigin="anonymous"` : '';
  const snippets = {
    session: `curl ${base}/v1/sessions \\
  -H "Authorization: Bearer $API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"origin": "https://dash.example.com"}'

# {"token": "…", "expires_at": "…"}`,
    tag: `<script type="module"
        src="${script.src}"${integrity}></script>

<clevertap-connect-form
  endpoint="${base}"
  token="…"
  lang="${document.documentElement.lang}"></clevertap-connect-form>`,
    event: `const form = document.querySelector('clevertap-connect-form');

form.addEventListener('verified', ({ detail }) => {
  // detail.account_id, detail.region.id
});
form.addEventListener('rejected', ({ detail }) => {
  // detail.guidance.code, detail.guidance.owner
});
form.addEventListener('unavailable', ({ detail }) => {
  // detail.code: no verdict; the form offers a retry
});`,
  };
  for (const [name, text] of Object.entries(snippets)) {
    const place = find(`snippet-${name}`);
    showCode(place, text);
    place.nextElementSibling?.remove();
    const button = element('button', { type: 'button', className: 'quiet copy' }, texts.copy);
    button.ariaLabel = `${texts.copy}: ${texts[place.dataset.label]}`;
    copyButton(button, () => text, () => texts);
    place.after(button);
  }
}

/** A version in the address and a hash of the script pin what a page embeds. */
async function pinScript() {
  const document_ = await fetch(`${base}/openapi.json`).then((response) => (response.ok ? response.json() : null));
  const version = document_?.info?.version;
  if (!version || !crypto.subtle) return;
  const src = `${base}/widget/${version}/connect-form.js`;
  const response = await fetch(src);
  if (!response.ok) return;
  const digest = await crypto.subtle.digest('SHA-384', await response.arrayBuffer());
  script = { src, integrity: `sha384-${btoa(String.fromCharCode(...new Uint8Array(digest)))}` };
  showSnippets();
}

offerLanguages();
watchExchange();
find('token').addEventListener('input', (event) => (form.token = event.target.value));
find('token-box').addEventListener('submit', (event) => event.preventDefault());
loadRegions().catch(() => {});
pinScript().catch(() => {});
