// The element: attributes in, events out, and one request at a time.

import { readAddress } from './address.js';
import { fetchCatalogue, verify } from './client.js';
import { countDown } from './countdown.js';
import { h, setText } from './dom.js';
import { clearHints, showHints } from './hints.js';
import { directionOf, pickLanguage, translator } from './language.js';
import { PENDING, clearOutcome, showOutcome } from './outcome.js';
import { repair } from './repair.js';
import css from './styles.css';
import {
  FIELDS,
  buildView,
  clearBlock,
  clearField,
  labelView,
  listChecks,
  listRegions,
  markField,
  regionName,
  showPasscode,
} from './view.js';

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

// `…/widget/connect-form.js` and `…/widget/1.2.3/connect-form.js` are served by the service that they call.
const OWN_ENDPOINT = new URL(import.meta.url).href.replace(/\/widget\/.*$/, '');
const HINT_DELAY = 700;
const NEEDED = { account_id: 'needAccount', passcode: 'needPasscode', region: 'needRegion' };

export class ConnectForm extends HTMLElement {
  static formAssociated = true;
  static observedAttributes = ['endpoint', 'token', 'lang'];

  #internals = this.attachInternals();
  #view = buildView();
  #t = translator('en');
  #language = '';
  #regions = [];
  #rows = [];
  /** Aborts the running request; null if there is none. */
  #running = null;
  #loading = null;
  #hintTimer = 0;
  #endCountdown = () => {};
  #isVerified = false;
  /** The request for which the service rejected the token; a new token repeats it once. */
  #unauthenticated = null;
  #hostForm = null;
  #isReady = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open', delegatesFocus: true });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#view.form);
    this.#listen();
  }

  get endpoint() {
    const attribute = this.getAttribute('endpoint')?.trim();
    const isUsable = attribute && URL.canParse(attribute, document.baseURI);
    return (isUsable ? new URL(attribute, document.baseURI).href : OWN_ENDPOINT).replace(/\/+$/, '');
  }

  set endpoint(value) {
    this.setAttribute('endpoint', value);
  }

  get token() {
    return this.getAttribute('token') ?? '';
  }

  set token(value) {
    this.setAttribute('token', value);
  }

  /** Fills fields like a person: `{ account_id, passcode, region }`, each optional. */
  fill(values) {
    for (const name of FIELDS) {
      if (values[name] === undefined) continue;
      this.#input(name).value = values[name];
      this.#edited(name);
    }
  }

  /** Clears the form and the last answer. */
  reset() {
    this.#stop();
    this.fill({ account_id: '', passcode: '', region: '' });
    showPasscode(this.#view, false, this.#t);
    this.#clear();
    this.#settle();
  }

  connectedCallback() {
    this.#isReady = true;
    // Properties that a framework set before this class was defined.
    for (const name of ['endpoint', 'token']) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.#speak();
    this.#load();
    window.addEventListener('pagehide', this.#forget);
  }

  disconnectedCallback() {
    window.removeEventListener('pagehide', this.#forget);
    this.#isReady = false;
    this.#loading?.abort();
    this.#stop();
    // An element that is only moved is reconnected immediately and keeps its input.
    queueMicrotask(() => this.isConnected || this.#forget());
  }

  attributeChangedCallback(name, before, after) {
    if (!this.#isReady || before === after) return;
    if (name === 'lang') this.#speak();
    if (name === 'endpoint') this.#stop();
    if (name !== 'token') this.#load();
    else if (after && this.#unauthenticated?.isRepeated === false) this.#submit({ ...this.#unauthenticated, isRepeated: true });
  }

  formAssociatedCallback(form) {
    this.#hostForm?.removeEventListener('formdata', this.#contribute);
    this.#hostForm = form;
    form?.addEventListener('formdata', this.#contribute);
  }

  formResetCallback() {
    this.reset();
  }

  // A surrounding form that names this element receives the verified values when it is submitted. The entries are added
  // only then, because an earlier form value would be kept in the browser's session history.
  #contribute = ({ formData }) => {
    const name = this.getAttribute('name');
    if (!name || !this.#isVerified) return;
    for (const field of FIELDS) formData.append(`${name}_${field}`, repair(this.#input(field).value));
  };

  #forget = () => {
    this.#input('passcode').value = '';
    showPasscode(this.#view, false, this.#t);
    this.#isVerified = false;
    this.#settle();
  };

  #input(name) {
    return this.#view.fields[name].input;
  }

  #listen() {
    const view = this.#view;
    view.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    view.toggle.addEventListener('click', () => {
      showPasscode(view, this.#input('passcode').type === 'password', this.#t);
    });
    for (const name of FIELDS) {
      const input = this.#input(name);
      input.addEventListener('input', () => this.#edited(name));
      input.addEventListener('change', () => this.#hint());
    }
    // A pasted address is read immediately; a typed one when the field loses the focus.
    const account = this.#input('account_id');
    let length = 0;
    account.addEventListener('input', () => {
      if (account.value.length > length + 1) this.#takeAddress();
      length = account.value.length;
    });
    account.addEventListener('change', () => this.#takeAddress());
  }

  /** Applies the language of the attribute, or else of the page, or else of the browser. */
  #speak() {
    const page = this.closest('[lang]')?.lang || document.documentElement.lang;
    const tag = pickLanguage([this.getAttribute('lang'), page, ...navigator.languages]);
    if (tag === this.#language) return;
    this.#stop();
    this.#language = tag;
    this.#t = translator(tag);
    this.#view.form.lang = tag;
    this.#view.form.dir = directionOf(tag);
    labelView(this.#view, this.#t);
    this.#clear();
    clearHints(this.#view);
    this.#edited('region');
    this.#settle();
  }

  async #load() {
    this.#loading?.abort();
    const loading = (this.#loading = new AbortController());
    listRegions(this.#view, this.#regions, this.#t);
    const fetched = (path) => fetchCatalogue(this.endpoint, path, loading.signal);
    const [regions, guidance] = await Promise.allSettled([
      fetched('/v1/regions'),
      fetched(`/v1/guidance?lang=${this.#language}`),
    ]);
    if (loading.signal.aborted) return;
    this.#regions = regions.value?.regions ?? this.#regions;
    this.#rows = guidance.value?.guidance ?? [];
    listRegions(this.#view, this.#regions, this.#t);
    this.#takeAddress();
    const { hint } = this.#view.fields.region;
    setText(hint, null);
    if (this.#regions.length > 0) return;
    const again = h('button', { type: 'button', class: 'button', part: 'button', onclick: () => this.#load() }, this.#t('retry'));
    setText(hint, `${this.#t('noRegions')} `);
    hint.append(again);
  }

  /** Replaces a dashboard address in the account field by the account id in it, and chooses its region. */
  #takeAddress() {
    const found = readAddress(this.#input('account_id').value, this.#regions);
    if (!found) return;
    this.#input('region').value = found.region;
    if (found.accountId) this.#input('account_id').value = found.accountId;
    const { help } = this.#view.fields.region;
    help.textContent = this.#t('pastedRegion');
    this.#announce(this.#t(found.accountId ? 'pasted' : 'pastedRegion'));
    this.#edited('account_id');
    this.#edited('region', help.textContent);
  }

  /** An answer is about the values that were sent: once one of them changes, it is obsolete. */
  #edited(name, note = null) {
    this.#stop();
    this.#unauthenticated = null;
    const { fields } = this.#view;
    const { input, error } = fields[name];
    listChecks(this.#view, null, this.#t);
    if (this.#isVerified || (input.ariaInvalid === 'true' && error.hidden)) this.#clear();
    clearField(this.#view, name);
    if (FIELDS.every((other) => fields[other].input.ariaInvalid !== 'true')) clearBlock(this.#view.advice);
    if (name === 'region') {
      const help = this.#t(fields.region.input.value === 'auto' ? 'autoHelp' : 'regionHelp');
      fields.region.help.textContent = note ?? help;
    }
    this.#settle();
    this.#hintLater();
  }

  #hintLater() {
    clearTimeout(this.#hintTimer);
    this.#hintTimer = setTimeout(() => this.#hint(), HINT_DELAY);
  }

  #hint() {
    clearTimeout(this.#hintTimer);
    showHints(this.#view, { rows: this.#rows, active: this.shadowRoot.activeElement });
  }

  #clear() {
    this.#endCountdown();
    clearOutcome(this.#view);
    listChecks(this.#view, null, this.#t);
  }

  #submit({ suggest = false, isRepeated = false } = {}) {
    if (this.#running) return;
    this.#takeAddress();
    this.#clear();
    const missing = FIELDS.filter((name) => !this.#input(name).value.trim());
    missing.forEach((name) => markField(this.#view, name, this.#t(NEEDED[name])));
    if (missing.length > 0) {
      this.#settle();
      this.#input(missing[0]).focus();
      return;
    }
    this.#send({ suggest, isRepeated });
  }

  async #send({ suggest, isRepeated }) {
    clearHints(this.#view);
    showPasscode(this.#view, false, this.#t);
    listChecks(this.#view, PENDING, this.#t);
    const running = (this.#running = new AbortController());
    this.#settle();
    this.#announce(this.#t('busy'));
    const request = {
      account_id: this.#input('account_id').value,
      passcode: this.#input('passcode').value,
      region: this.#input('region').value,
      lang: this.#language,
      ...(suggest && { suggest_region: true }),
    };
    try {
      const answer = await verify({ endpoint: this.endpoint, token: this.token, request, abort: running });
      if (this.#running !== running) return;
      this.#running = null;
      this.#unauthenticated = answer.body.code === 'unauthenticated' ? { suggest, isRepeated } : null;
      this.#answer(answer, { suggest, region: request.region });
    } catch (error) {
      // It was aborted for another request or an edit.
      if (this.#running === running) throw error;
    }
  }

  #answer(answer, asked) {
    const { kind, body } = answer;
    this.#isVerified = kind === 'verdict' && body.status === 'verified' && body.verified === true;
    if (this.#isVerified) {
      this.#input('account_id').value = body.account_id;
      if (body.region) this.#input('region').value = body.region.id;
    }
    const actions = this.#actionsFor(answer, asked);
    const problemField = showOutcome(this.#view, answer, { t: this.#t, actions, regions: this.#regions });
    this.#settle();
    this.#announce(problemField ? (body.guidance?.title ?? '') : '');
    this.#guide(problemField);
    this.#dispatch(answer);
  }

  /** Scrolls to the answer, and focuses its field unless the person has moved the focus elsewhere. */
  #guide(problemField) {
    const { success, alert, advice } = this.#view;
    const shown = [success, alert, advice].find(({ text }) => text.hasChildNodes());
    const isHere = this.shadowRoot.activeElement || [null, document.body].includes(document.activeElement);
    if (problemField && isHere) this.#input(problemField).focus();
    shown?.root.scrollIntoView({ block: 'nearest' });
  }

  #actionsFor({ kind, body }, { suggest, region }) {
    const button = (text, action) => {
      const onclick = () => {
        // The button is about to be removed, and must not lose the focus with it.
        this.#view.submit.focus({ preventScroll: true });
        action();
      };
      return h('button', { type: 'button', class: 'button', part: 'button action', onclick }, text);
    };
    const suggested = kind === 'verdict' && body.suggested_region;
    if (suggested && body.status === 'wrong_region') {
      const use = () => {
        this.fill({ region: suggested.id });
        this.#submit();
      };
      return [button(this.#t('use', { region: regionName(suggested) }), use)];
    }
    if (body.status === 'invalid_credentials' && !suggest && region !== 'auto') {
      return [button(this.#t('find'), () => this.#submit({ suggest: true })), h('p', { class: 'small' }, this.#t('findHelp'))];
    }
    if (kind === 'unavailable' || body.guidance?.retryable) {
      const retry = button('', () => this.#submit({ suggest }));
      const seconds = body.guidance?.retry_after_seconds ?? 0;
      this.#endCountdown = countDown(retry, seconds, this.#t, () => this.#announce(this.#t('ready')));
      return [retry];
    }
    return [];
  }

  #dispatch({ kind, body }) {
    const isRejected = kind === 'verdict' || body.code === 'invalid_request';
    const type = this.#isVerified ? 'verified' : isRejected ? 'rejected' : 'unavailable';
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail: body }));
  }

  /** Aborts the running request, if any: its values are no longer those in the form. */
  #stop() {
    const running = this.#running;
    this.#running = null;
    running?.abort();
  }

  /** Updates the submit button, the form's validity and the element's states. */
  #settle() {
    const isBusy = this.#running !== null;
    const isVerified = (this.#isVerified &&= this.#view.success.text.hasChildNodes());
    const { submit } = this.#view;
    submit.textContent = this.#t(isBusy ? 'busy' : 'submit');
    submit.ariaDisabled = String(isBusy);
    const isNeeded = this.hasAttribute('required') && !isVerified;
    this.#internals.setValidity(isNeeded ? { valueMissing: true } : {}, isNeeded ? this.#t('required') : '', submit);
    this.#setState('busy', isBusy);
    this.#setState('verified', isVerified);
  }

  #setState(name, isOn) {
    try {
      this.#internals.states[isOn ? 'add' : 'delete'](name);
    } catch {
      // Older browsers lack states, or accept other names; only styling depends on them.
    }
  }

  #announce(text) {
    this.#view.announcer.textContent = text;
  }
}
