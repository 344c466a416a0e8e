// Recognizes mistakes that need no server, by the rules of src/model/hints.rs: tests/corpus/mistakes.toml and
// tests/browser/corpus.test.mjs check that both are equal. The texts come from the service's guidance catalogue.

import { hasMisread, hasOutline, isAccountId, isAccountPasscode, isIncomplete, isPasscode, isToken, toLowerAscii, toUpperAscii } from './forms.js';
import { fold, hasNameInFront, isLetter, isPlaceholder, namesAccountId, namesPasscode, splitLabel } from './labels.js';
import { repair, repairAccountId } from './repair.js';

// The top-level domains by which an address without a scheme is recognized.
const DOMAINS =
  'com net org io co in id sg us eu ae de fr es br mx vn th uk app dev ai me info biz shop store online cloud tech'.split(' ');
/** Returns the hints `[{ field, code, reason }]` for the two values, at most one for each field. */
export function recognize(accountText, passcodeText) {
  const account = repairAccountId(accountText);
  const passcode = repair(passcodeText);
  if (isAccountId(passcode) && isPasscode(account)) {
    return [{ field: 'account_id', code: 'fields_swapped', reason: null }];
  }
  const hints = [];
  const accountReason = account && reasonOfAccount(account);
  if (accountReason) hints.push({ field: 'account_id', code: 'check_account_id', reason: accountReason });
  if (isToken(passcode)) {
    hints.push({ field: 'passcode', code: 'looks_like_token', reason: null });
  } else if (passcode) {
    const reason = reasonOfPasscode(passcode, isVisible(passcode) ? account : '');
    if (reason) hints.push({ field: 'passcode', code: 'check_credentials', reason });
  }
  return hints;
}

const isVisible = (text) => /^[!-~]+$/.test(text);

function reasonOfAccount(text) {
  // A passcode in the wrong field is not a misread account id.
  if (isAccountId(text) || isAccountPasscode(text)) return null;
  const isAddress = isWebAddress(text) || hasKnownDomain(text);
  if (!isAddress && /[@＠]/.test(text)) return 'email_address';
  if (isAddress) return 'web_address';
  if (hasAccountIdLabel(text) || holdsAccountId(text)) return 'label';
  if (isAccountId(toUpperAscii(text))) return 'lower_case';
  if (isIncomplete(text)) return 'incomplete';
  if (hasMisread(text)) return 'misread_character';
  if (hasOutline(text) && /[a-z]/.test(text)) return 'lower_case';
  return isName(text) ? 'account_name' : null;
}

function reasonOfPasscode(text, account) {
  if (isHidden(text)) return 'hidden_passcode';
  if (hasBearerPrefix(text)) return 'bearer_prefix';
  if (hasPasscodeLabel(text, account)) return 'label';
  if (isWebAddress(text)) return 'web_address';
  if (toUpperAscii(text) === toUpperAscii(account)) return 'same_as_account_id';
  return isPlaceholder(text) ? 'placeholder' : null;
}

/** A web address: with a scheme, starting with `www.`, or on a CleverTap host. */
const isWebAddress = (text) =>
  /^[a-z]+:\/\//i.test(text) || /^www\./i.test(text) || (/\.clevertap\.com/i.test(text) && !/[ @]/.test(text));

function hasKnownDomain(text) {
  const names = text.split(/[/?#:]/)[0].replace(/\.+$/, '').split('.').map(toLowerAscii);
  // Reversed, these are app ids such as com.example.app.
  const isApp = names.length > 2 && DOMAINS.includes(names[0]);
  return names.length > 1 && DOMAINS.includes(names.at(-1)) && !isApp && names.every((name) => /^[a-z0-9-]+$/.test(name));
}

/** The name of the field or of a header, alone or followed by a value. */
const hasAccountIdLabel = (text) =>
  namesAccountId(fold(splitLabel(text)?.[0] ?? text)) ||
  fold(text).includes('clevertapaccountid') ||
  hasNameInFront(text, namesAccountId);

/** An account id inside a longer text: "Acme (W9R-486-4W5Z)", or next to its passcode. */
function holdsAccountId(text) {
  const tokens = text.split(/[^A-Za-z0-9-]+/).filter(Boolean);
  const ids = tokens.filter(isAccountId).length;
  return ids > 1 || (ids === 1 && (tokens.length > 1 || /(?!\p{ASCII})\p{Alphabetic}/u.test(text)));
}

/** Letters and spaces, as in the name of a company or an app, in any script. */
function isName(text) {
  const rest = [...text].filter((character) => !isLetter(character));
  const isPlain = rest.every((character) => /[\p{White_Space}&.'’,\-_()/+!]/u.test(character));
  const isNumbered = rest.every((character) => /[\p{White_Space}&.'’,\-_()/+!\p{N}]/u.test(character));
  const first = text.split(/\p{White_Space}+/u).find(Boolean) ?? '';
  const hasNumber = isNumbered && text.includes(' ') && [...first].every(isLetter);
  // Capital letters in groups look more like an id or a passcode than like a name.
  const isCode = text.includes('-') && /^\p{ASCII}*$/u.test(text) && !/[a-z]/.test(text);
  return [...text].length - rest.length >= 2 && (isPlain || hasNumber) && !isCode;
}

/** Only dots or asterisks, as a page shows them instead of a passcode. */
const isHidden = (text) => /^[•●∙·⋅‧⚫⬤○◦.*＊⁎∗]{3,}$/u.test(text.replaceAll('…', '...'));

function hasBearerPrefix(text) {
  const [head, rest] = splitLabel(text) ?? [''];
  const value = fold(head).endsWith('authorization') ? rest.replace(/^\p{White_Space}+/u, '') : text;
  return /^bearer[ :=\t\u00A0]/i.test(value);
}

/** The name of the field or of a header followed by a value, or the account id next to the passcode. */
function hasPasscodeLabel(text, account) {
  const split = splitLabel(text);
  if (!split) return hasNameInFront(text, namesPasscode);
  const head = fold(split[0]);
  return (
    namesPasscode(head) ||
    fold(text).includes('clevertappasscode') ||
    (namesAccountId(head) && fold(split[1]).includes('passcode')) ||
    (hasOutline(account) && text.includes(account) && !isWebAddress(text))
  );
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
