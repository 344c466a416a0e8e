// The forms of account ids, passcodes and tokens, as in src/model/shape.rs and hints.rs. CleverTap publishes no
// grammar, so a form is evidence for a hint and never a reason to reject.

const isIdCharacter = (character) => /^[4-9KRWZ]$/.test(character);
const withoutPrefix = (text) => text.replace(/^TEST-/i, '');
export const toLowerAscii = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
export const toUpperAscii = (text) => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());

/** The form of all known account ids: `W9R-486-4W5Z`, `TEST-W9R-486-4W5Z`. */
export const isAccountId = (text) => /^(?:TEST-)?[4-9KRWZ]{3}-[4-9KRWZ]{3}-[4-9KRWZ]{3}Z$/.test(text);

/** The outline of an account id and of an account passcode. */
export const hasOutline = (text) => /^[a-zA-Z0-9]{3}-[a-zA-Z0-9]{3}-[a-zA-Z0-9]{4}$/.test(withoutPrefix(text));

export const isAccountPasscode = (text) => /^[A-Z]{3}-[A-Z]{3}-[A-Z]{3}L$/.test(text);
const isUserPasscode = (text) => /^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$/.test(text);

/** An SDK account token: `056-b12`. Only capital letters could be the beginning of a passcode. */
export function isToken(text) {
  const body = withoutPrefix(text);
  return /^[0-9a-fA-F]{3}-[0-9a-fA-F]{3}$/.test(body) && !/^[A-Z-]+$/.test(body);
}

export const isPasscode = (text) => isAccountPasscode(text) || isUserPasscode(text) || isToken(text);

const lengths = (body) => body.split('-').map((group) => [...group].length);
const isWhole = (body) => lengths(body).join() === '3,3,4';

/** The form of an account id with missing or surplus characters or dashes. */
export function isIncomplete(text) {
  if (hasOutline(text)) return false;
  const body = withoutPrefix(text);
  const core = [...toUpperAscii(body.replace(/[^\p{Alphabetic}\p{N}]/gu, '').replace(/^TEST/, ''))];
  const foreign = core.filter((character) => !isIdCharacter(character)).length;
  const isClose = foreign === 0 && core.length >= 3 && core.length <= 16;
  const isMisread = core.length === 10 && foreign <= 2;
  return ((isClose || isMisread) && !isWhole(body)) || isNearOutline(body, core.length);
}

// A looser form, for ids without the usual characters: capital letters and digits in groups that are nearly right.
function isNearOutline(body, length) {
  if (isToken(body)) return true;
  const digits = body.replace(/[^0-9]/g, '').length;
  if (!/^[A-Z0-9-]+$/.test(body) || digits === 0) return false;
  const [first, second, third, ...more] = lengths(body);
  if (second === undefined) return length === 10 && digits >= 3 && digits < length;
  if (third === undefined) return first === 3 && (second === 3 || second === 4);
  return more.length === 0 && Math.abs(first - 3) <= 1 && Math.abs(second - 3) <= 1 && Math.abs(third - 4) <= 1;
}

/** One or two characters that never occur in account ids, in a text that otherwise has their form. */
export function hasMisread(text) {
  const body = withoutPrefix(text);
  if (!isWhole(body)) return false;
  const unfit = [...body].filter((character, index) => character !== '-' && !(index === 11 ? character === 'Z' : isIdCharacter(character)));
  return unfit.length > 0 && unfit.length <= 2 && !unfit.some(isIdCharacter);
}
