//! Words as they are written: which letters, and with which tone, wherever in the syllable its mark stands.

use std::cmp::Ordering;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A word of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Small letters of ASCII and digits, without marks.
    plain: String,
    /// The same, with what makes another letter of one behind it: compared byte by byte, a < ă < â < b.
    letters: String,
    /// The tone, in the order of the alphabet: none, huyền, hỏi, ngã, sắc, nặng.
    tone: u8,
}

/// What stands behind a letter for its first and second other form, such as ă and â: behind all that may follow it.
const FORMS: [char; 2] = ['\u{10fff0}', '\u{10fff1}'];

/// The words of a text.
pub fn spelled(text: &str) -> Vec<Word> {
    let mut words = vec![Word::default()];
    for letter in text.nfd() {
        let last = words.len() - 1;
        if is_combining_mark(letter) {
            words[last].mark(letter);
        } else if matches!(letter, 'đ' | 'Đ') {
            words[last].push('d');
            words[last].letters.push(FORMS[0]);
        } else if letter.is_ascii_alphanumeric() {
            words[last].push(letter.to_ascii_lowercase());
        } else if !words[last].plain.is_empty() {
            words.push(Word::default());
        }
    }
    words.retain(|word| !word.plain.is_empty());
    words
}

impl Word {
    fn push(&mut self, letter: char) {
        self.plain.push(letter);
        self.letters.push(letter);
    }

    fn mark(&mut self, mark: char) {
        let tones = ['\u{300}', '\u{309}', '\u{303}', '\u{301}', '\u{323}'];
        if let Some(tone) = (1..).zip(tones).find_map(|(tone, of)| (of == mark).then_some(tone)) {
            self.tone = tone;
            return;
        }
        let form = match (self.plain.chars().last(), mark) {
            (None, _) => return,
            (Some('a'), '\u{302}') | (Some('o'), '\u{31b}') => FORMS[1],
            (_, '\u{302}' | '\u{306}' | '\u{31b}') => FORMS[0],
            (_, other) => other,
        };
        self.letters.push(form);
    }

    /// The word without marks.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// Whether it has marks: then whoever wrote it writes them.
    pub fn is_marked(&self) -> bool {
        self.tone > 0 || self.letters != self.plain
    }

    /// Whether it begins with another word, marks apart.
    pub fn begins(&self, with: &Self) -> bool {
        self.plain.starts_with(&with.plain)
    }

    /// Whether it is written as another word that it begins with: the tone too, unless that has none yet.
    pub fn is_written_as(&self, other: &Self) -> bool {
        if self.plain.len() == other.plain.len() {
            return self.letters == other.letters && self.tone == other.tone;
        }
        let rest = self.letters.strip_prefix(&other.letters);
        let whole_letter = |rest: &str| rest.starts_with(|next: char| next.is_ascii());
        rest.is_some_and(whole_letter) && [0, self.tone].contains(&other.tone)
    }
}

impl AsRef<str> for Word {
    fn as_ref(&self) -> &str {
        &self.plain
    }
}

/// How words stand to each other in the alphabet: by all their letters, and only between equals by their tones.
pub fn alphabetical(one: &[Word], other: &[Word]) -> Ordering {
    let letters = one.iter().map(|word| &word.letters).cmp(other.iter().map(|word| &word.letters));
    letters.then_with(|| one.iter().map(|word| word.tone).cmp(other.iter().map(|word| word.tone)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Word {
        spelled(text).into_iter().next().unwrap_or_default()
    }

    #[test]
    fn the_place_of_a_tone_does_not_matter() {
        for (one, other) in
            [("hòa", "hoà"), ("HÒA", "hoa\u{300}"), ("thủy", "thuỷ"), ("khỏe", "khoẻ"), ("Ếch", "e\u{302}\u{301}ch")]
        {
            assert_eq!(word(one), word(other), "{one} {other}");
        }
        for (one, other) in [("hòa", "hoa"), ("hòa", "hóa"), ("an", "ân"), ("ăn", "ân"), ("da", "đa")] {
            assert!(!word(one).is_written_as(&word(other)), "{one} {other}");
        }
    }

    #[test]
    fn a_word_that_is_only_begun_needs_no_tone() {
        for (whole, begun, same) in [
            ("nguyễn", "ng", true),
            ("nguyễn", "nguyê", true),
            ("nguyễn", "nguye", false),
            ("hòa", "ho", true),
            ("hòa", "hò", true),
            ("hòa", "hó", false),
        ] {
            assert!(word(whole).begins(&word(begun)));
            assert_eq!(word(whole).is_written_as(&word(begun)), same, "{whole} {begun}");
        }
    }

    #[test]
    fn letters_decide_before_tones() {
        let ordered = ["An", "Án", "Anh", "Ăn", "Ân", "Ba", "Dan", "Đan", "Oi", "Ôi", "Ơi", "Ui", "Ưi"];
        for pair in ordered.windows(2) {
            assert_eq!(alphabetical(&spelled(pair[0]), &spelled(pair[1])), Ordering::Less, "{pair:?}");
        }
        assert_eq!(alphabetical(&spelled("Hòa An"), &spelled("Hoa Ân")), Ordering::Less);
    }
}
