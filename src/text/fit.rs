//! How well a name fits what somebody typed: as it is written, whole, in its beginning, inside, or only word by word.

use super::{
    Unit,
    spelling::{Word, spelled},
    unit,
};

/// What was typed: words, the last of them perhaps only begun. The kind of a unit may stand before them, or may be a word of
/// the name ("Quan Hoa"): a name need fit one reading.
#[derive(Clone, Debug)]
pub struct Typed {
    words: Vec<Word>,
    /// The kind of unit that they may begin with, and how many of them it is.
    unit: Option<(Unit, usize)>,
}

/// A name, to be fitted.
#[derive(Clone, Debug)]
pub struct Name {
    words: Vec<Word>,
    /// The kind of unit that it begins with, and how many of the words it is.
    unit: Option<(Unit, usize)>,
}

/// How well a name fits; the best is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fit {
    /// Whether the words stand apart or in another order.
    pub apart: bool,
    /// Whether marks differ.
    pub otherwise_written: bool,
    /// Where in the name the words stand.
    pub stand: Stand,
    /// Whether another kind of unit was typed.
    pub other_unit: bool,
    /// The length of the name, the kind of unit apart.
    pub length: usize,
}

/// Where in a name words stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// They are the name.
    Whole,
    /// The name begins with them.
    Beginning,
    /// They stand inside it.
    Inside,
}

impl Typed {
    /// What was typed; `place` says whether it may begin with the kind of a unit.
    pub fn new(text: &str, place: bool) -> Self {
        let words = spelled(text);
        let unit = if place { unit(&words) } else { None };
        Self { words, unit }
    }

    /// The words that every name that fits has, the last at least in its beginning: those behind the kind of unit.
    pub fn words(&self) -> Vec<String> {
        self.behind_unit().iter().map(|word| word.plain().to_owned()).collect()
    }

    /// The kind of unit before them.
    pub fn unit(&self) -> Option<Unit> {
        self.unit.map(|(unit, _)| unit)
    }

    /// Whether any word of the name has marks.
    pub fn is_marked(&self) -> bool {
        self.behind_unit().iter().any(Word::is_marked)
    }

    fn behind_unit(&self) -> &[Word] {
        &self.words[self.unit.map_or(0, |(_, words)| words)..]
    }

    /// How well a name fits, if it does.
    pub fn fit(&self, name: &Name) -> Option<Fit> {
        let other_unit = self.unit.is_some_and(|(typed, _)| Some(typed) != name.unit());
        let readings = [
            (self.behind_unit(), name.behind_unit(), other_unit),
            (&self.words[..], name.behind_unit(), false),
            (&self.words[..], &name.words[..], false),
        ];
        let fits = readings.into_iter().filter_map(|(typed, name, other_unit)| fit(typed, name, other_unit));
        fits.min()
    }
}

impl Name {
    /// The name of a row; `place` says whether it begins with the kind of a unit.
    pub fn new(text: &str, place: bool) -> Self {
        let words = spelled(text);
        let unit = if place { unit(&words) } else { None };
        Self { words, unit }
    }

    /// The kind of unit.
    pub fn unit(&self) -> Option<Unit> {
        self.unit.map(|(unit, _)| unit)
    }

    /// All its words.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// Its words, the kind of unit apart.
    pub fn behind_unit(&self) -> &[Word] {
        &self.words[self.unit.map_or(0, |(_, words)| words)..]
    }
}

fn fit(typed: &[Word], name: &[Word], other_unit: bool) -> Option<Fit> {
    if typed.is_empty() {
        return None;
    }
    let length = name.iter().map(|word| word.plain().len()).sum();
    let places = (0..=name.len().saturating_sub(typed.len())).filter_map(|place| {
        let beside = name.get(place..place + typed.len())?;
        let otherwise_written = written(typed, beside)?;
        let is_whole = beside.len() == name.len() && ends(typed, beside);
        let stand = match place {
            0 if is_whole => Stand::Whole,
            0 => Stand::Beginning,
            _ => Stand::Inside,
        };
        Some(Fit { apart: false, otherwise_written, stand, other_unit, length })
    });
    places.min().or_else(|| {
        let otherwise_written = anywhere(typed, name)?;
        Some(Fit { apart: true, otherwise_written, stand: Stand::Inside, other_unit, length })
    })
}

/// Whether the words that were typed, if they are these, are written otherwise.
fn written(typed: &[Word], words: &[Word]) -> Option<bool> {
    let last = typed.len() - 1;
    let mut otherwise = false;
    for (index, (typed, word)) in typed.iter().zip(words).enumerate() {
        let same = if index == last { word.begins(typed) } else { word.plain() == typed.plain() };
        if !same {
            return None;
        }
        otherwise |= !word.is_written_as(typed);
    }
    Some(otherwise)
}

fn ends(typed: &[Word], words: &[Word]) -> bool {
    typed.last().map(Word::plain) == words.last().map(Word::plain)
}

/// As [`written`], for words in any order, perhaps with others between them.
fn anywhere(typed: &[Word], words: &[Word]) -> Option<bool> {
    let last = typed.len() - 1;
    let mut otherwise = false;
    for (index, typed) in typed.iter().enumerate() {
        let same = |word: &&Word| if index == last { word.begins(typed) } else { word.plain() == typed.plain() };
        let mut found = words.iter().filter(same).peekable();
        found.peek()?;
        otherwise |= !found.any(|word| word.is_written_as(typed));
    }
    Some(otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best_first(typed: &str, names: &[&str]) -> Vec<String> {
        let typed = Typed::new(typed, true);
        let mut fits: Vec<(Fit, &str)> =
            names.iter().filter_map(|name| Some((typed.fit(&Name::new(name, true))?, *name))).collect();
        fits.sort();
        fits.into_iter().map(|(_, name)| name.to_owned()).collect()
    }

    #[test]
    fn marks_decide_before_the_place_and_that_before_the_length() {
        let names =
            ["Xã Tân An Hòa", "Xã An Hóa", "Xã An Hòa Tây", "Xã Hòa An", "Phường An Hòa", "Xã An Bình", "Xã An Hòa"];
        let expected = ["Xã An Hòa", "Phường An Hòa", "Xã An Hòa Tây", "Xã Tân An Hòa", "Xã An Hóa", "Xã Hòa An"];
        assert_eq!(best_first("xã an hoà", &names), expected);
    }

    #[test]
    fn what_reads_like_a_kind_of_unit_may_be_a_name() {
        assert_eq!(best_first("quan hoa", &["Phường Hoa", "Phường Quan Hoa"]), ["Phường Quan Hoa", "Phường Hoa"]);
        assert_eq!(best_first("thanh pho", &["Xã Phố", "Thành phố Huế"]), ["Thành phố Huế"]);
    }

    #[test]
    fn nothing_fits_words_that_it_does_not_have() {
        assert_eq!(best_first("an hoa binh", &["Xã An Hòa", "Xã Bình Hòa"]), Vec::<String>::new());
        assert_eq!(best_first("an ho", &["Xã An Hòa", "Xã Hòan An"]), ["Xã An Hòa", "Xã Hòan An"]);
        assert_eq!(best_first("", &["Xã An Hòa"]), Vec::<String>::new());
    }
}
