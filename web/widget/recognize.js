// Recognizes mistakes that need no server, by the same rules as the service. The texts come from its guidance catalogue.

import { hasMisread, hasOutline, isAccountId, isIncomplete, isPasscode, isToken } from './forms.js';
import { repair, repairAccountId } from './repair.js';

// Top-level domains under which an address is recognized without its scheme.
const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|net|org|io|co|in|id|sg|us|eu|ae|de|fr|es|br|mx|vn|th|uk|app|dev|ai|me|info|biz|shop|store|online|cloud|tech)\.?(?:[/?#:]|$)/i;
const ADDRESS = /^(?:[a-z]+:\/\/|www\.)|^[^ @]*\.clevertap\.com/i;
const ID_NAMES = ['accountid', 'account', 'projectid', 'project', 'id', 'clevertapaccountid', 'xclevertapaccountid'];
const PASSCODE_NAMES = ['passcode', 'accountpasscode', 'userpasscode', 'clevertappasscode', 'xclevertappasscode', 'apikey', 'key', 'password', 'code', 'secret'];
const PLACEHOLDER = /^(?:(?:enter|insert|add|paste)?(?:your|my)?(?:account|user|clevertap)?(?:passcode|password|apikey)(?:here|value)?|your(?:key|secret|token|code)|changeme|replaceme|placeholder|example|todo|null|undefined|none|string|x{3,})$/;
const TEMPLATE = /^(?:\{\{.+\}\}|\$\{.+\}|<.+>|\[.+\]|%.+%|\{.+\}|\$.+)$/;

/** Lower case, letters and digits alone: the same word however it is written. */
const fold = (text) => text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]/gu, '');

/**
 * Returns the hints `[{ field, code, reason }]` for the two values, at most one for each field. `names` is what the form
 * itself calls the fields, because that is copied along too.
 */
export function recognize(accountText, passcodeText, names = {}) {
  const account = repairAccountId(accountText);
  const passcode = repair(passcodeText);
  if (isAccountId(passcode) && isPasscode(account)) {
    return [{ field: 'account_id', code: 'fields_swapped', reason: null }];
  }
  const hints = [];
  const accountReason = account && reasonOfAccount(account, [...ID_NAMES, fold(names.account ?? '')].filter(Boolean));
  if (accountReason) hints.push({ field: 'account_id', code: 'check_account_id', reason: accountReason });
  if (isToken(passcode)) {
    hints.push({ field: 'passcode', code: 'looks_like_token', reason: null });
  } else if (passcode) {
    const reason = reasonOfPasscode(passcode, account, [...PASSCODE_NAMES, fold(names.passcode ?? '')].filter(Boolean));
    if (reason) hints.push({ field: 'passcode', code: 'check_credentials', reason });
  }
  return hints;
}

function reasonOfAccount(text, names) {
  if (isAccountId(text)) return null;
  const isAddress = ADDRESS.test(text) || DOMAIN.test(text);
  if (!isAddress && /.[@＠]./.test(text)) return 'email_address';
  if (isAddress) return 'web_address';
  if (names.includes(fold(text)) || hasLabel(text, names) || holdsAccountId(text)) return 'label';
  if (isAccountId(text.toUpperCase())) return 'lower_case';
  if (isIncomplete(text)) return 'incomplete';
  if (hasMisread(text)) return 'misread_character';
  if (hasOutline(text) && /[a-z]/.test(text)) return 'lower_case';
  return isName(text) ? 'account_name' : null;
}

function reasonOfPasscode(text, account, names) {
  if (/^(?:…|[•●∙·⋅‧⚫⬤○◦.*＊⁎∗]{3,})$/u.test(text)) return 'hidden_passcode';
  if (/^(?:.*authorization\W+)?bearer[\s:=]/i.test(text)) return 'bearer_prefix';
  if (hasLabel(text, names) || (hasOutline(account) && text !== account && text.includes(account))) return 'label';
  if (ADDRESS.test(text)) return 'web_address';
  if (account && text.toLowerCase() === account.toLowerCase()) return 'same_as_account_id';
  if (PLACEHOLDER.test(fold(text)) || (TEMPLATE.test(text) && /passcode|apikey|password|key/.test(fold(text)))) return 'placeholder';
  return null;
}

/** A name before a colon or an equals sign, or before a last word that looks like a code. */
function hasLabel(text, names) {
  const isNamed = (head) => names.some((name) => fold(head) === name || fold(head).endsWith(`clevertap${name}`));
  const [, head] = /^([^:=：＝]+)[:=：＝]/.exec(text) ?? [];
  if (head && isNamed(head)) return true;
  const [, words] = /^(.+)\s(?=\S*[\d-]|[A-Z]+$)\S+$/s.exec(text) ?? [];
  return Boolean(words && isNamed(words));
}

/** An account id within more text: "Acme (W9R-486-4W5Z)". */
function holdsAccountId(text) {
  const tokens = text.split(/[^A-Za-z0-9-]+/).filter(Boolean);
  const ids = tokens.filter(isAccountId).length;
  return ids > 1 || (ids === 1 && (tokens.length > 1 || /[^\p{ASCII}]/u.test(text.replace(/[^\p{L}]/gu, ''))));
}

/** Letters and spaces, as in the name of a company, in any script. */
function isName(text) {
  const letters = text.match(/[\p{L}\p{M}]/gu)?.length ?? 0;
  const hasNumber = /^[\p{L}\p{M}]+\s[\p{L}\p{M}\p{N}\s&.'’,_()/+!-]*$/u.test(text);
  const isCode = /^[^a-z]*-[^a-z]*$/.test(text) && /^\p{ASCII}*$/u.test(text);
  return letters >= 2 && (hasNumber || /^[\p{L}\p{M}\s&.'’,_()/+!-]+$/u.test(text)) && !isCode;
}

/**
 * Returns the text of a hint from the catalogue's rows, or null where there is no row for it. A message speaks of a
 * refusal, so it is used only where the title says nothing of its own.
 */
export function hintText(rows, { code, reason }) {
  const rowOf = (wanted) => rows.find((row) => row.code === code && (row.reason ?? null) === wanted);
  const row = rowOf(reason);
  if (!row) return null;
  const first = reason && row.title === rowOf(null)?.title ? row.message : row.title;
  return [first, row.action].filter(Boolean).map(asSentence).join(' ');
}

// Thai has no full stop.
function asSentence(text) {
  return /(?:[.!?…。।:]|[\u0E00-\u0E7F])$/u.test(text) ? text : `${text}.`;
}
