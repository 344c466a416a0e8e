// Builds the form once and provides its parts by name. It contains no logic.

import { h, icon, setText } from './dom.js';

export const FIELDS = ['account_id', 'passcode', 'region'];
export const CHECKS = ['format', 'region_reachable', 'credentials', 'partner_whitelisted'];

/** Builds the widget's elements. `view.form` is the root of them all. */
export function buildView() {
  const account = field('account_id', textInput({ type: 'text' }));
  const passcode = field('passcode', textInput({ type: 'password' }));
  const region = field('region', h('select', { 'aria-required': 'true' }));
  const toggle = h('button', { type: 'button', class: 'toggle', part: 'toggle', 'aria-controls': 'passcode' });
  passcode.box.append(toggle);
  region.box.append(icon('arrow'));

  const view = {
    fields: { account_id: account, passcode, region },
    toggle,
    title: h('p', { class: 'title', part: 'title' }),
    submit: h('button', { type: 'submit', class: 'button primary', part: 'button submit' }),
    checks: h('ul', { class: 'checks', part: 'checks', role: 'list', hidden: true }),
    // The texts of a field are not a live region: the field gets the focus and is described by them.
    advice: block(null),
    alert: block('alert'),
    success: block('status'),
    announcer: h('p', { class: 'announcer', role: 'status' }),
  };
  view.form = h(
    'form',
    { part: 'form', novalidate: true, autocomplete: 'off' },
    h('slot', { name: 'title' }, view.title),
    account.root,
    passcode.root,
    region.root,
    view.submit,
    view.checks,
    view.success.root,
    view.alert.root,
    view.announcer,
  );
  return view;
}

/** Applies the texts of a language to the form. */
export function labelView(view, t) {
  const { account_id: account, passcode, region } = view.fields;
  view.form.setAttribute('aria-label', t('title'));
  view.title.textContent = t('title');
  account.label.textContent = t('account');
  account.help.textContent = t('accountHelp');
  passcode.label.textContent = t('passcode');
  passcode.help.textContent = t('passcodeHelp');
  region.label.textContent = t('region');
  region.help.textContent = t('regionHelp');
  view.checks.setAttribute('aria-label', t('checks'));
  showPasscode(view, false, t);
}

/** Shows the passcode, or hides it behind dots. */
export function showPasscode(view, isShown, t) {
  view.fields.passcode.input.type = isShown ? 'text' : 'password';
  view.toggle.setAttribute('aria-label', t(isShown ? 'hide' : 'show'));
  view.toggle.title = t(isShown ? 'hide' : 'show');
  view.toggle.replaceChildren(icon(isShown ? 'hide' : 'show'));
}

/** Fills the region list and keeps the choice if it still exists. */
export function listRegions(view, regions, t) {
  const { input } = view.fields.region;
  const chosen = input.value;
  const option = (value, text) => h('option', { value }, text);
  input.replaceChildren(
    option('', t('choose')),
    ...regions.map((region) => option(region.id, regionName(region))),
    option('auto', t('auto')),
  );
  input.value = chosen;
  if (input.selectedIndex < 0) input.value = '';
}

export function regionName(region) {
  return `${region.name} (${region.id})`;
}

/** Shows one row per check; its icon and its word have the same meaning. */
export function listChecks(view, states, t) {
  view.checks.hidden = !states;
  if (!states) return;
  view.checks.replaceChildren(
    ...CHECKS.map((name) =>
      h(
        'li',
        { class: states[name], part: `check check-${states[name]}` },
        icon(states[name]),
        h('span', {}, t(name)),
        h('span', { class: 'state' }, t(states[name])),
      ),
    ),
  );
}

/** Marks a field as wrong, with its own text or described by the advice below it. */
export function markField(view, name, error, isAdvised = false) {
  const { input, box, error: line } = view.fields[name];
  input.ariaInvalid = 'true';
  box.classList.add('invalid');
  setText(line, error);
  describe(view, name, isAdvised);
}

export function clearField(view, name) {
  const { input, box, error } = view.fields[name];
  input.ariaInvalid = null;
  box.classList.remove('invalid');
  setText(error, null);
  describe(view, name, false);
}

/** The help and the hint always describe a field; an error only if it exists. */
function describe(view, name, isAdvised) {
  const { input, error } = view.fields[name];
  const ids = [!error.hidden && `${name}-error`, isAdvised && 'advice-text', `${name}-hint`, `${name}-help`];
  input.setAttribute('aria-describedby', ids.filter(Boolean).join(' '));
}

/** Fills a block with texts and buttons. `lines` are smaller texts or elements below. */
export function fillBlock(target, { tone, mark, title, paragraphs, lines = [], buttons = [] }) {
  target.root.className = `block ${tone}`;
  target.root.setAttribute('part', `guidance guidance-${tone}`);
  target.text.replaceChildren(
    h('p', { class: 'heading', part: 'guidance-title' }, icon(mark), h('span', {}, title)),
    ...paragraphs.filter(Boolean).map((text) => h('p', {}, text)),
  );
  target.buttons.replaceChildren(...buttons, ...lines.map((line) => h('p', { class: 'small' }, line)));
  target.buttons.hidden = buttons.length + lines.length === 0;
}

export function clearBlock(target) {
  target.root.className = 'block empty';
  target.text.replaceChildren();
  target.buttons.replaceChildren();
}

// A live region must exist, empty, before its text is set; buttons are outside it, so that a countdown is not read out.
function block(role) {
  const text = h('div', { class: 'text', role, id: role ? null : 'advice-text' });
  const buttons = h('div', { class: 'buttons' });
  return { text, buttons, root: h('div', { class: 'block empty' }, text, buttons) };
}

function field(name, input) {
  const label = h('label', { for: name, part: 'label' });
  const box = h('div', { class: 'box', part: 'box' }, input);
  const error = h('p', { class: 'error', id: `${name}-error`, part: 'error', hidden: true });
  const hint = h('p', { class: 'hint', id: `${name}-hint`, part: 'hint', hidden: true });
  const help = h('p', { class: 'help', id: `${name}-help`, part: 'help' });
  input.id = name;
  input.setAttribute('part', 'input');
  input.setAttribute('aria-describedby', `${name}-hint ${name}-help`);
  return { input, label, box, error, hint, help, root: h('div', { class: 'field', part: 'field' }, label, box, error, hint, help) };
}

function textInput({ type }) {
  return h('input', {
    type,
    dir: 'ltr',
    'aria-required': 'true',
    autocomplete: 'off',
    autocapitalize: 'off',
    autocorrect: 'off',
    spellcheck: 'false',
    // Password managers would offer to store credentials of another site.
    'data-1p-ignore': true,
    'data-lpignore': 'true',
    'data-bwignore': true,
  });
}
