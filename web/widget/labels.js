// Texts that are copied together with a value from a page or a document: the name of the field, a header, a
// placeholder. The tables are those of src/model/labels.rs, whose tests compare them.

const words = (text) => new Set(text.trim().split(/\s+/));

/** The names of the account id, as normalized by `fold`. */
const ACCOUNT_ID = words(`
  accountid account accid clevertapaccountid clevertapid clevertapaccount xclevertapaccountid projectid project
  clevertapprojectid id yourid youraccountid yourprojectid iddecuenta iddelacuenta idcuenta cuenta iddeproyecto
  iddelproyecto identificadordecuenta iddaconta iddeconta idconta conta iddoprojeto iddeprojeto idakun akun
  idproyek proyek अकाउंटआईडी अकाउंट खाताआईडी खाता प्रोजेक्टआईडी आईडी معرفالحساب الحساب رقمالحساب معرفالمشروع
  المعرف idtàikhoản tàikhoản mãtàikhoản iddựán idบัญชี บัญชี รหัสบัญชี idโปรเจกต์ ไอดีบัญชี iddecompte idducompte
  idcompte compte identifiantdecompte identifiantducompte iddeprojet kontoid konto kontokennung projektid projekt
  accountkennung
`);

/** The names of the passcode. */
const PASSCODE = words(`
  passcode pass code accountpasscode userpasscode projectpasscode clevertappasscode xclevertappasscode apipasscode
  apikey token accounttoken projecttoken key password secret pin contraseña contrasena clave código codigo
  códigodeacceso codigodeacceso senha códigodeacesso codigodeacesso kodesandi katasandi kode sandi पासकोड पासवर्ड
  رمزالمرور كلمهالمرور كلمهالسر الرمز mậtkhẩu mãtruycập mã พาสโค้ด รหัสผ่าน รหัส motdepasse codedaccès codedacces
  kennwort passwort zugangscode schlüssel
`);

/** The placeholders that documents and forms show for a passcode. */
const PLACEHOLDERS = words(`
  passcode yourpasscode youraccountpasscode youruserpasscode yourclevertappasscode mypasscode accountpasscode
  userpasscode clevertappasscode enterpasscode enteryourpasscode insertpasscode insertyourpasscode passcodehere
  yourpasscodehere insertpasscodehere enterpasscodehere addyourpasscodehere pasteyourpasscodehere passcodevalue
  youraccountpasscodeoryouruserpasscode password yourpassword apikey yourapikey yourkey yoursecret yourtoken
  yourcode secret changeme replaceme placeholder example examplepasscode samplepasscode todo null undefined none
  string supasscode tupasscode seupasscode passcodeanda votrepasscode ihrpasscode deinpasscode passcodecuaban
  passcodecủabạn पासकोड आपकापासकोड رمزالمرور พาสโค้ด contraseña senha kodesandi motdepasse mậtkhẩu kennwort
  passwort पासवर्ड كلمهالمرور รหัสผ่าน
`);

// Vowel signs and tone marks of the Indic scripts and of Thai, which Unicode does not classify as letters.
const MARK = /(?!\p{N})[\u0900-\u0DFF\u0E31-\u0E4E]/u;

export const isLetter = (character) => /\p{Alphabetic}/u.test(character) || MARK.test(character);
const isPart = (character) => isLetter(character) || /\p{N}/u.test(character);

/** Normalizes a text for comparison: lower case, letters and digits only, Arabic without its optional marks. */
export function fold(text) {
  const lower = [...text].map((character) => character.toLowerCase()).join('');
  const bare = lower.replace(/[\u064B-\u0652\u0640\u0300-\u036F]/g, '').replace(/[أإآ]/g, 'ا').replace(/ة/g, 'ه');
  return [...bare].filter(isPart).join('');
}

export const namesAccountId = (folded) => ACCOUNT_ID.has(folded) || folded.endsWith('clevertapaccountid');
export const namesPasscode = (folded) => PASSCODE.has(folded) || folded.endsWith('clevertappasscode');

/** Whether the text is a placeholder for a passcode: `YOUR_PASSCODE`, `<passcode>`, `XXX-XXX-XXXX`. */
export function isPlaceholder(text) {
  const folded = fold(text);
  const isTemplate = TEMPLATES.some(([open, close]) => text.length > open.length + close.length && text.startsWith(open) && text.endsWith(close));
  const isNamed = namesPasscode(folded) || /passcode|apikey|password/.test(folded);
  return PLACEHOLDERS.has(folded) || /^x{3,}$/.test(folded) || (isTemplate && isNamed);
}

const TEMPLATES = [['{{', '}}'], ['${', '}'], ['<', '>'], ['[', ']'], ['%', '%'], ['{', '}'], ['$', '']];

/** Whether the words before the last one are a name of the field, and the last looks like a code: "Passcode ABC-DEF-GHIL". */
export function hasNameInFront(text, isName) {
  const parts = text.split(/\p{White_Space}+/u).filter(Boolean);
  const last = parts.pop() ?? '';
  return (/[0-9-]/.test(last) || /^[A-Z]+$/.test(last)) && isName(fold(parts.join('')));
}

/** Splits at the first colon or equals sign: `[head, rest]`, or null. */
export function splitLabel(text) {
  const at = text.search(/[:=：＝]/);
  return at < 0 ? null : [text.slice(0, at), text.slice(at + 1)];
}
