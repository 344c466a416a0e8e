// Repairs accidents of copy and paste exactly like the service, so that hints are about the value that will be sent.

const INVISIBLE = /[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB\u{E0000}-\u{E0FFF}]/gu;
const DASHES = /[\u2010-\u2015\u2043\u2212\uFE58\uFE63\uFF0D]/g;
const QUOTES = ['""', "''", '``', '“”', '””', '„“', '„”', '‘’', '’’', '‚‘', '«»', '»«', '‹›', '「」', '＂＂', '＇＇'];

const trim = (text) => text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');

/** Removes invisible characters, surrounding white space, and one pair of surrounding quotes. */
export function repair(text) {
  const trimmed = trim(text.replace(INVISIBLE, ''));
  const isQuoted = trimmed.length > 1 && QUOTES.includes(trimmed[0] + trimmed.at(-1));
  return isQuoted ? trim(trimmed.slice(1, -1)) : trimmed;
}

/** The same for account ids, which also repairs typographic dashes and full-width characters. */
export function repairAccountId(text) {
  const toAscii = (character) => String.fromCharCode(character.charCodeAt(0) - 0xfee0);
  return repair(text).replace(DASHES, '-').replace(/[\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A]/g, toAscii);
}
