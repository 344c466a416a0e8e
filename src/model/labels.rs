//! Texts that are copied together with a value from a page or a document: the name of the field, a header, a
//! placeholder, in every language that the service supports.

/// The names of the account id, as normalized by [`fold`].
#[rustfmt::skip]
const ACCOUNT_ID: &[&str] = &[
    "accountid", "account", "accid", "clevertapaccountid", "clevertapid", "clevertapaccount", "xclevertapaccountid",
    "projectid", "project", "clevertapprojectid", "id", "yourid", "youraccountid", "yourprojectid", "clevertapid",
    "iddecuenta", "iddelacuenta", "idcuenta", "cuenta", "iddeproyecto", "iddelproyecto", "identificadordecuenta",
    "iddaconta", "iddeconta", "idconta", "conta", "iddoprojeto", "iddeprojeto",
    "idakun", "akun", "idproyek", "proyek",
    "अकाउंटआईडी", "अकाउंट", "खाताआईडी", "खाता", "प्रोजेक्टआईडी", "आईडी",
    "معرفالحساب", "الحساب", "رقمالحساب", "معرفالمشروع", "المعرف",
    "idtàikhoản", "tàikhoản", "mãtàikhoản", "iddựán",
    "idบัญชี", "บัญชี", "รหัสบัญชี", "idโปรเจกต์", "ไอดีบัญชี",
    "iddecompte", "idducompte", "idcompte", "compte", "identifiantdecompte", "identifiantducompte", "iddeprojet",
    "kontoid", "konto", "kontokennung", "projektid", "projekt", "accountkennung",
];

/// The names of the passcode, as normalized by [`fold`].
#[rustfmt::skip]
const PASSCODE: &[&str] = &[
    "passcode", "pass", "code", "accountpasscode", "userpasscode", "projectpasscode", "clevertappasscode",
    "xclevertappasscode", "apipasscode", "apikey", "token", "accounttoken", "projecttoken", "key", "password", "secret", "pin",
    "contraseña", "contrasena", "clave", "código", "codigo", "códigodeacceso", "codigodeacceso",
    "senha", "códigodeacesso", "codigodeacesso",
    "kodesandi", "katasandi", "kode", "sandi",
    "पासकोड", "पासवर्ड",
    "رمزالمرور", "كلمهالمرور", "كلمهالسر", "الرمز",
    "mậtkhẩu", "mãtruycập", "mã",
    "พาสโค้ด", "รหัสผ่าน", "รหัส",
    "motdepasse", "codedaccès", "codedacces",
    "kennwort", "passwort", "zugangscode", "schlüssel",
];

/// The placeholders that documents and forms show for a passcode, as normalized by [`fold`].
#[rustfmt::skip]
const PLACEHOLDERS: &[&str] = &[
    "passcode", "yourpasscode", "youraccountpasscode", "youruserpasscode", "yourclevertappasscode", "mypasscode",
    "accountpasscode", "userpasscode", "clevertappasscode", "enterpasscode", "enteryourpasscode", "insertpasscode",
    "insertyourpasscode", "passcodehere", "yourpasscodehere", "insertpasscodehere", "enterpasscodehere",
    "addyourpasscodehere", "pasteyourpasscodehere", "passcodevalue", "youraccountpasscodeoryouruserpasscode",
    "password", "yourpassword", "apikey", "yourapikey", "yourkey", "yoursecret", "yourtoken", "yourcode", "secret",
    "changeme", "replaceme", "placeholder", "example", "examplepasscode", "samplepasscode", "todo", "null", "undefined",
    "none", "string", "supasscode", "tupasscode", "seupasscode", "passcodeanda", "votrepasscode", "ihrpasscode",
    "deinpasscode", "passcodecuaban", "passcodecủabạn", "पासकोड", "आपकापासकोड", "رمزالمرور", "พาสโค้ด", "contraseña",
    "senha", "kodesandi", "motdepasse", "mậtkhẩu", "kennwort", "passwort",
    "पासवर्ड", "كلمهالمرور", "รหัสผ่าน",
];

/// Normalizes a text for comparison: lower case, letters and digits only, Arabic without its optional marks.
pub(super) fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .filter_map(|character| match character {
            // In Arabic, vowel marks and the tatweel are optional, and the forms of alif and taa marbuta are often
            // confused.
            '\u{064B}'..='\u{0652}' | '\u{0640}' | '\u{0300}'..='\u{036F}' => None,
            'أ' | 'إ' | 'آ' => Some('ا'),
            'ة' => Some('ه'),
            _ if character.is_alphanumeric() || is_mark(character) => Some(character),
            _ => None,
        })
        .collect()
}

/// Vowel signs and tone marks of the Indic scripts and of Thai, which Unicode does not classify as letters.
pub(super) fn is_mark(character: char) -> bool {
    matches!(character, '\u{0900}'..='\u{0DFF}' | '\u{0E31}'..='\u{0E4E}') && !character.is_numeric()
}

/// Returns whether the folded text is a name of the account id.
pub(super) fn names_account_id(folded: &str) -> bool {
    ACCOUNT_ID.contains(&folded) || folded.ends_with("clevertapaccountid")
}

/// Returns whether the folded text is a name of the passcode.
pub(super) fn names_passcode(folded: &str) -> bool {
    PASSCODE.contains(&folded) || folded.ends_with("clevertappasscode")
}

/// Returns whether the text is a placeholder for a passcode: `YOUR_PASSCODE`, `<passcode>`, `XXX-XXX-XXXX`.
pub(super) fn is_placeholder(text: &str) -> bool {
    let folded = fold(text);
    PLACEHOLDERS.contains(&folded.as_str())
        || (folded.len() >= 3 && folded.bytes().all(|byte| byte == b'x'))
        || is_template(text, &folded)
}

/// A name in the brackets of a template language: `{{passcode}}`, `${CLEVERTAP_PASSCODE}`, `<your key>`.
fn is_template(text: &str, folded: &str) -> bool {
    let wrapped = [("{{", "}}"), ("${", "}"), ("<", ">"), ("[", "]"), ("%", "%"), ("{", "}"), ("$", "")]
        .iter()
        .any(|(open, close)| text.len() > open.len() + close.len() && text.starts_with(open) && text.ends_with(close));
    wrapped && (names_passcode(folded) || ["passcode", "apikey", "password"].iter().any(|word| folded.contains(word)))
}

/// Returns whether the words before the last one name the field: "Passcode ABC-DEF-GHIL". The last word must look like
/// a code rather than another word.
pub(super) fn has_name_in_front(text: &str, is_name: impl Fn(&str) -> bool) -> bool {
    let mut words = text.split_whitespace();
    let Some(last) = words.next_back() else { return false };
    let is_code = last.bytes().any(|byte| byte.is_ascii_digit() || byte == b'-')
        || last.bytes().all(|byte| byte.is_ascii_uppercase());
    is_code && is_name(&fold(&words.collect::<String>()))
}

/// Splits a label from its value at the first colon or equals sign.
pub(super) fn split_label(text: &str) -> Option<(&str, &str)> {
    let at = text.find([':', '=', '：', '＝'])?;
    let after = text[at..].chars().next().map_or(at, |separator| at + separator.len_utf8());
    Some((&text[..at], &text[after..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_hold_what_fold_makes() {
        for word in ACCOUNT_ID.iter().chain(PASSCODE).chain(PLACEHOLDERS) {
            assert_eq!(fold(word), *word);
        }
    }

    #[test]
    fn the_widget_has_the_same_tables() {
        let widget = include_str!("../../web/widget/labels.js");
        let tables: Vec<Vec<&str>> = widget
            .split("words(`")
            .skip(1)
            .map(|rest| rest.split('`').next().unwrap().split_whitespace().collect())
            .collect();
        for (mine, its) in [ACCOUNT_ID, PASSCODE, PLACEHOLDERS].iter().zip(&tables) {
            let sorted = |words: &[&'static str]| words.iter().copied().collect::<std::collections::BTreeSet<_>>();
            assert_eq!(sorted(mine), sorted(its));
        }
        assert_eq!(tables.len(), 3);
    }

    #[test]
    fn knows_a_name_however_it_is_written() {
        for text in
            ["Account ID", "account_id", "\"account_id\"", "X-CleverTap-Account-Id", "-H 'X-CleverTap-Account-Id"]
        {
            assert!(names_account_id(&fold(text)), "{text}");
        }
        for text in ["معرّف الحساب", "अकाउंट आईडी", "ID tài khoản", "ID บัญชี", "ID de compte", "Konto-ID"]
        {
            assert!(names_account_id(&fold(text)), "{text}");
        }
        for text in ["Passcode", "x-clevertap-passcode", "كلمة المرور", "Mật khẩu", "รหัสผ่าน", "Código de acceso"]
        {
            assert!(names_passcode(&fold(text)), "{text}");
        }
        assert!(!names_account_id(&fold("Acme")) && !names_passcode(&fold("GOOD-PASSCODE")));
    }

    #[test]
    fn knows_placeholders() {
        for text in
            ["YOUR_PASSCODE", "<your passcode>", "{{passcode}}", "${CT_PASSCODE}", "XXX-XXX-XXXX", "xxxx", "$KEY"]
        {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["GOOD-PASSCODE", "QAB-CDE-FGHL", "<QAB-CDE-FGHL>", "x", "secret-1", "$ecret"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
