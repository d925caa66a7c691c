//! The Vietnamese alphabet and the words of a text, written down once more and in another way than the service has them.

/// The letters in their order; each with its capital and with the tones none, huyền, hỏi, ngã, sắc, nặng.
const ALPHABET: [&[&str]; 29] = [
    &["aàảãáạ", "AÀẢÃÁẠ"],
    &["ăằẳẵắặ", "ĂẰẲẴẮẶ"],
    &["âầẩẫấậ", "ÂẦẨẪẤẬ"],
    &["b", "B"],
    &["c", "C"],
    &["d", "D"],
    &["đ", "Đ"],
    &["eèẻẽéẹ", "EÈẺẼÉẸ"],
    &["êềểễếệ", "ÊỀỂỄẾỆ"],
    &["g", "G"],
    &["h", "H"],
    &["iìỉĩíị", "IÌỈĨÍỊ"],
    &["k", "K"],
    &["l", "L"],
    &["m", "M"],
    &["n", "N"],
    &["oòỏõóọ", "OÒỎÕÓỌ"],
    &["ôồổỗốộ", "ÔỒỔỖỐỘ"],
    &["ơờởỡớợ", "ƠỜỞỠỚỢ"],
    &["p", "P"],
    &["q", "Q"],
    &["r", "R"],
    &["s", "S"],
    &["t", "T"],
    &["uùủũúụ", "UÙỦŨÚỤ"],
    &["ưừửữứự", "ƯỪỬỮỨỰ"],
    &["v", "V"],
    &["x", "X"],
    &["yỳỷỹýỵ", "YỲỶỸÝỴ"],
];

/// Letters that Vietnamese writes in foreign names only, each behind one of its own.
const FOREIGN: [(char, char); 4] = [('f', 'ê'), ('j', 'i'), ('w', 'v'), ('z', 'y')];

/// Every letter of the alphabet in each of its forms.
pub fn letters() -> impl Iterator<Item = char> {
    ALPHABET.iter().flat_map(|forms| forms.iter()).flat_map(|forms| forms.chars())
}

/// What a text is ordered by: its letters, then its tones. What lies behind the 180th character does not count.
pub type Place = (Vec<(u32, u32)>, Vec<usize>);

/// Where a text stands.
pub fn place(text: &str) -> Place {
    text.chars().take(180).map(letter).unzip()
}

/// A letter's rank and tone. What is no letter goes by its number among characters: most of ASCII before the letters, and
/// everything else behind them.
fn letter(char: char) -> ((u32, u32), usize) {
    for (rank, forms) in ALPHABET.iter().enumerate() {
        for forms in forms.iter() {
            if let Some(tone) = forms.chars().position(|form| form == char) {
                return (('a'.into(), 2 * rank as u32), tone);
            }
        }
    }
    let small = char.to_ascii_lowercase();
    if let Some((_, before)) = FOREIGN.iter().find(|(foreign, _)| *foreign == small) {
        let (_, rank) = letter(*before).0;
        return (('a'.into(), rank + 1), 0);
    }
    ((small.into(), 0), 0)
}

/// A letter of ASCII or a digit for each character that is one, whatever stands on or under it.
fn plain(char: char) -> Option<char> {
    const BASES: [char; 29] = [
        'a', 'a', 'a', 'b', 'c', 'd', 'd', 'e', 'e', 'g', 'h', 'i', 'k', 'l', 'm', 'n', 'o', 'o', 'o', 'p', 'q', 'r',
        's', 't', 'u', 'u', 'v', 'x', 'y',
    ];
    let known = ALPHABET.iter().position(|forms| forms.iter().any(|forms| forms.contains(char)));
    let foreign = (char == 'ç').then_some('c');
    known
        .map(|rank| BASES[rank])
        .or(foreign)
        .or_else(|| char.is_ascii_alphanumeric().then(|| char.to_ascii_lowercase()))
}

/// The words of a text.
pub fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for char in text.chars() {
        match plain(char) {
            Some(letter) => words.last_mut().unwrap().push(letter),
            // The five tones and the marks of ă, â and ơ, if they stand apart from their letters.
            None if "\u{300}\u{301}\u{302}\u{303}\u{306}\u{309}\u{31b}\u{323}".contains(char) => {}
            None => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether the words stand in the text side by side, the last of them at least in its beginning.
pub fn stand_in(words: &[String], text: &[String]) -> bool {
    let Some((last, first)) = words.split_last() else { return false };
    text.windows(words.len()).any(|part| part[..first.len()] == *first && part[first.len()].starts_with(last.as_str()))
}
