// Recognizes mistakes that need no server, by the same forms as the service. What is found is only ever a soft hint: it
// stops nobody, because CleverTap publishes no grammar. The texts come from the service's guidance catalogue.

import { repair, repairAccountId } from './repair.js';

const ID = /^(?:TEST-)?[4-9KRWZ]{3}-[4-9KRWZ]{3}-[4-9KRWZ]{3}Z$/;
const ID_SHAPE = /^(?:TEST-)?[A-Z0-9]{3}-[A-Z0-9]{3}-[A-Z0-9]{4}$/;
const ACCOUNT_PASSCODE = /^[A-Z]{3}-[A-Z]{3}-[A-Z]{3}L$/;
const USER_PASSCODE = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;
const TOKEN = /^(?:TEST-)?[0-9a-f]{3}-[0-9a-f]{3}$/;
const WEB_ADDRESS = /^(?:[a-z][a-z0-9+.-]*:\/\/|www\.)|^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:[/?#:]|$)/i;
const LABEL = /^(?:x-clevertap-(?:account-id|passcode)\b|(?:account|project)[ _-]?id\b|passcode\b\s*[:=]|api[ _-]?key\b\s*[:=])/i;
const PLACEHOLDER = /^[<[{].*[>\]}]$|^(?:your|my|enter|insert|the)[ _-].*(?:passcode|password|key)|^(?:passcode|password|changeme|x{3,}(?:-x{3,})*)$/i;

/** Returns the hints `[{ field, code, reason }]` for the two values: at most one for each field. */
export function recognize(accountText, passcodeText) {
  const account = repairAccountId(accountText);
  const passcode = repair(passcodeText);
  if (ID.test(passcode) && isPasscode(account)) {
    return [{ field: 'account_id', code: 'fields_swapped', reason: null }];
  }
  const hints = [];
  const accountReason = account && reasonOfAccount(account);
  if (accountReason) hints.push({ field: 'account_id', code: 'check_account_id', reason: accountReason });
  if (TOKEN.test(passcode)) {
    hints.push({ field: 'passcode', code: 'looks_like_token', reason: null });
  } else if (passcode) {
    const reason = passcode === account ? 'same_as_account_id' : reasonOfPasscode(passcode);
    if (reason) hints.push({ field: 'passcode', code: 'check_credentials', reason });
  }
  return hints;
}

function isPasscode(text) {
  return ACCOUNT_PASSCODE.test(text) || USER_PASSCODE.test(text) || TOKEN.test(text);
}

function reasonOfAccount(text) {
  if (text.includes('@')) return 'email_address';
  if (WEB_ADDRESS.test(text)) return 'web_address';
  if (LABEL.test(text)) return 'label';
  if (/^\p{L}[\p{L}\p{M}'’.&]*(?:\s+[\p{L}\p{M}'’.&]+)+$/u.test(text)) return 'account_name';
  const upper = text.toUpperCase();
  if (upper !== text && ID.test(upper)) return 'lower_case';
  const bare = text.replace(/^TEST-/, '');
  if (/^[4-9KRWZ-]+$/.test(bare) && !ID_SHAPE.test(text)) return 'incomplete';
  if (ID_SHAPE.test(text)) {
    const strange = bare.replace(/[4-9KRWZ-]/g, '').length;
    if (strange > 0 && strange <= 2) return 'misread_character';
  }
  return null;
}

function reasonOfPasscode(text) {
  if (/^[•●∙·⦁*＊.…]+$/u.test(text)) return 'hidden_passcode';
  if (/^bearer\b/i.test(text)) return 'bearer_prefix';
  if (LABEL.test(text)) return 'label';
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|www\.)/i.test(text)) return 'web_address';
  if (PLACEHOLDER.test(text)) return 'placeholder';
  return null;
}

/**
 * Returns the text of a hint from the catalogue's rows, or null where there is no row for it. The sentence that says
 * what happened is left out, because nothing has been refused yet.
 */
export function hintText(rows, { code, reason }) {
  const row = rows.find((candidate) => candidate.code === code && (candidate.reason ?? null) === reason);
  if (!row) return null;
  const general = rows.find((candidate) => candidate.code === code && (candidate.reason ?? null) === null);
  const first = reason && row.title === general?.title ? row.message : row.title;
  return [first, row.action].filter(Boolean).map(asSentence).join(' ');
}

function asSentence(text) {
  return /[.!?…。।॥:]$/u.test(text) || /[\u0E00-\u0E7F]$/.test(text) ? text : `${text}.`;
}
