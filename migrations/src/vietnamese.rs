//! Vietnamese text in SQL: how it is put in the order of the alphabet, and how it is found without its tones.
//!
//! Both are made by the database itself, from the text of the row, so that whoever writes a row cannot forget them.

use sea_orm_migration::sea_orm::DbBackend;
use unicode_normalization::UnicodeNormalization;

/// What stands for each tone, behind its letter: behind all other characters, so that a tone decides, whatever follows.
const TONES: [char; 5] = ['\u{10fff4}', '\u{10fff5}', '\u{10fff6}', '\u{10fff7}', '\u{10fff8}'];

/// The vowels, each without a tone and then with the tones in the order of the alphabet: huyền, hỏi, ngã, sắc, nặng; with
/// what each is ordered as. U+10FFF0 and U+10FFF1, which no name has, come behind all other characters: ă stands after a,
/// whatever follows that.
const VOWELS: [(&str, &str); 12] = [
    ("aàảãáạ", "a"),
    ("ăằẳẵắặ", "a\u{10fff0}"),
    ("âầẩẫấậ", "a\u{10fff1}"),
    ("eèẻẽéẹ", "e"),
    ("êềểễếệ", "e\u{10fff0}"),
    ("iìỉĩíị", "i"),
    ("oòỏõóọ", "o"),
    ("ôồổỗốộ", "o\u{10fff0}"),
    ("ơờởỡớợ", "o\u{10fff1}"),
    ("uùủũúụ", "u"),
    ("ưừửữứự", "u\u{10fff0}"),
    ("yỳỷỹýỵ", "y"),
];

/// What a text is made from by [`replacements`]. What lies behind would decide between very long texts only, and
/// PostgreSQL's indexes take no more than 2,704 bytes. Small letters of ASCII are those that `lower` makes on both engines.
pub(crate) fn beginning(engine: DbBackend, text: &str) -> String {
    match engine {
        DbBackend::Sqlite => format!("lower(substr({text}, 1, 180))"),
        _ => format!(r#"lower(substr({text}, 1, 180) COLLATE "C")"#),
    }
}

/// What is replaced by what, so that U+10FFF0 or U+10FFF1 stands behind a letter for what makes another letter of it, and one
/// of [`TONES`] for its tone.
pub(crate) fn replacements() -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut replace = |from: char, to: String| {
        if !from.is_ascii() {
            all.push((from.to_string(), to.clone()));
            all.push((from.to_uppercase().collect(), to));
        }
    };
    for (forms, letter) in VOWELS {
        for (tone, form) in forms.chars().enumerate() {
            let tone = tone.checked_sub(1).map(|tone| TONES[tone].to_string()).unwrap_or_default();
            replace(form, format!("{letter}{tone}"));
        }
    }
    replace('đ', "d\u{10fff0}".to_owned());
    all
}

/// The expression that replaces them in another one.
pub(crate) fn replaced(expression: String, replacements: &[(String, String)]) -> String {
    replacements.iter().fold(expression, |expression, (from, to)| format!("replace({expression},'{from}','{to}')"))
}

/// From a text in which they are replaced, what it is ordered by, byte by byte, as the Unicode collation for Vietnamese has it:
/// the letters of the whole text, and only between texts of equal letters the tones.
pub(crate) fn ordered(engine: DbBackend, toned: &str) -> String {
    let letters = TONES.iter().fold(toned.to_owned(), |text, tone| format!("replace({text},'{tone}','')"));
    let end = if engine == DbBackend::Sqlite { "char(1)" } else { "chr(1)" };
    format!("{letters} || {end} || {toned}")
}

/// FTS5's tokenizer, told that words are of letters of ASCII and digits, with or without marks, and of nothing else: a letter of
/// another script divides words, as it does in [`POSTGRES_WORDS`]. No text has characters of the category Cs.
pub(crate) fn sqlite_tokenizer() -> String {
    let plain = |char: &char| char.to_string().nfd().next().is_some_and(|base| base.is_ascii_alphanumeric());
    let letters: String = ('\0'..='\u{2fff}').filter(plain).collect();
    format!("unicode61 remove_diacritics 2 categories 'Cs' tokenchars '{letters}'")
}

/// The text for FTS5, whose tokenizer knows that é is an e, but not that đ is a d.
pub(crate) fn sqlite_words(text: &str) -> String {
    format!("replace(replace(substr({text}, 1, 10000),'đ','d'),'Đ','d')")
}

/// The words of `$1` as FTS5 has them: small letters of ASCII and digits. A text has an end, because PostgreSQL's lists of words
/// have one.
pub(crate) const POSTGRES_WORDS: &str = r#"trim(regexp_replace(lower(translate(regexp_replace(normalize(substr($1, 1, 10000), NFD), '[\u0300-\u036f]', '', 'g'), 'đĐ', 'dd') COLLATE "C"), '[^a-z0-9]+', ' ', 'g'))"#;
