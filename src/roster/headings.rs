//! The columns of a roster, and how their headings are written: in Vietnamese or English, in any order.

use std::collections::HashMap;

use super::problem::nearest;
use crate::text::words;

/// Declares the columns, each with its heading in Vietnamese and English and what else it is called, as [`words`] makes it.
macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident $title:literal $english:literal [$($other:literal)*],)+) => {
        /// A column of a roster.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column { $($(#[$doc])* $name,)+ }

        impl Column {
            /// All that are read, in the order of the template.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its heading in the template.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// Its heading in English.
            pub fn english(self) -> &'static str {
                match self { $(Self::$name => $english,)+ }
            }

            fn others(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($other),*],)+ }
            }
        }
    };
}

columns! {
    /// The ward (phường/xã): its code or name, of today or of before.
    Ward "Phường/xã" "Ward" [
        "xa phuong" "phuong xa dac khu" "ten phuong xa" "ma phuong xa" "phuong" "xa" "don vi hanh chinh" "ward code" "ward name" "commune"
    ],
    /// The code of the team (mã tổ), or its name.
    TeamCode "Mã tổ" "Team code" ["ma so to" "so to" "to so" "to" "to bao ve" "to antt" "to bao ve antt" "team" "team no"],
    /// The name of the team (tên tổ).
    TeamName "Tên tổ" "Team name" ["ten to bao ve" "ten to antt" "ten to bao ve antt"],
    /// The hamlet or quarter (ấp, khu vực, khóm).
    Locality "Địa bàn" "Locality" [
        "ap" "khu vuc" "khom" "ap khu vuc" "khom ap" "ap khom" "khu vuc ap" "thon" "to dan pho" "thon to dan pho" "hamlet" "quarter"
    ],
    /// Family name first (họ và tên).
    FullName "Họ và tên" "Full name" ["ho ten" "ho va ten thanh vien" "ho ten thanh vien" "ten thanh vien" "thanh vien" "name" "member" "member name"],
    /// Man or woman (giới tính).
    Gender "Giới tính" "Gender" ["gioi" "nam nu" "phai" "sex"],
    /// The day of birth (ngày sinh).
    BirthDate "Ngày sinh" "Date of birth" [
        "ngay thang nam sinh" "sinh ngay" "nam sinh" "ngay sinh nhat" "birth date" "birthdate" "birthday" "dob" "born" "born on"
    ],
    /// Leader, deputy or member (chức danh).
    Role "Chức danh" "Role" ["chuc vu" "vai tro" "nhiem vu" "position"],
    /// The telephone number (số điện thoại).
    Phone "Số điện thoại" "Phone" ["dien thoai" "sdt" "so dt" "dt" "di dong" "so di dong" "dien thoai di dong" "telephone" "mobile" "phone number"],
    /// The identity number (số định danh cá nhân).
    NationalId "Số định danh cá nhân" "National ID" [
        "so dinh danh" "ma dinh danh" "ma dinh danh ca nhan" "so cccd" "cccd" "so can cuoc" "can cuoc" "so can cuoc cong dan"
        "can cuoc cong dan" "cccd cmnd" "so cccd cmnd" "cmnd cccd" "so cmnd cccd" "identity number" "id number" "personal id" "citizen id"
    ],
    /// Whether the person serves (tình trạng).
    Status "Tình trạng" "Status" ["trang thai"],
    /// The day of joining (ngày tham gia).
    JoinedOn "Ngày tham gia" "Joined on" ["ngay vao to" "ngay gia nhap" "tham gia tu" "tham gia tu ngay" "joined" "join date" "date joined" "member since"],
    /// The day of leaving (ngày thôi tham gia).
    LeftOn "Ngày thôi tham gia" "Left on" ["ngay thoi" "ngay nghi" "ngay ra khoi to" "ngay ket thuc" "left" "leave date" "date left"],
}

/// Columns that are known, and not read: numbers of rows, notes.
const NOT_READ: [&str; 12] =
    ["stt", "tt", "so tt", "so thu tu", "no", "ghi chu", "note", "notes", "remark", "remarks", "dan toc", "dia chi"];

/// What a heading is found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heading {
    /// That of a column.
    Of(Column),
    /// That of a column that is not read.
    NotRead,
    /// Unknown.
    Unknown,
}

/// All that headings may be, by their words.
pub(super) struct Headings(HashMap<String, Column>);

impl Headings {
    pub(super) fn new() -> Self {
        let mut all = HashMap::new();
        for column in Column::ALL.iter().copied() {
            let names = column.others().iter().map(|name| (*name).to_owned());
            for name in names.chain([folded(column.title()), folded(column.english())]) {
                all.insert(name, column);
            }
        }
        Self(all)
    }

    /// What a heading is.
    pub(super) fn read(&self, text: &str) -> Heading {
        let name = folded(text);
        match self.0.get(&name) {
            Some(column) => Heading::Of(*column),
            None if NOT_READ.contains(&name.as_str()) => Heading::NotRead,
            None => Heading::Unknown,
        }
    }
}

/// The words of a heading, without what is in brackets: `Ngày sinh (dd/mm/yyyy) *` is `ngay sinh`.
fn folded(text: &str) -> String {
    let mut depth = 0_usize;
    let outside = text.chars().filter(|letter| {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    });
    words(&outside.collect::<String>()).join(" ")
}

impl Column {
    /// The column whose heading is written most like a text.
    pub fn nearest(text: &str) -> Option<Self> {
        let titles = Self::ALL.iter().flat_map(|column| [column.title(), column.english()]);
        let title = nearest(text, titles)?;
        Self::ALL.iter().copied().find(|column| [column.title(), column.english()].contains(&title))
    }

    /// Whether its values are personal data.
    pub fn is_personal(self) -> bool {
        matches!(self, Self::BirthDate | Self::Phone | Self::NationalId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_however_they_are_written() {
        let headings = Headings::new();
        for (text, column) in [
            ("Họ và tên", Column::FullName),
            ("HỌ VÀ TÊN *", Column::FullName),
            ("Ho\u{323} va\u{300} te\u{302}n", Column::FullName),
            ("full_name", Column::FullName),
            ("Ngày sinh (dd/mm/yyyy)", Column::BirthDate),
            ("Ngày, tháng, năm sinh", Column::BirthDate),
            ("Date of birth", Column::BirthDate),
            ("Số CCCD", Column::NationalId),
            ("Chức vụ", Column::Role),
            ("Phường / Xã", Column::Ward),
            ("Tổ", Column::TeamCode),
        ] {
            assert_eq!(headings.read(text), Heading::Of(column), "{text}");
        }
        assert_eq!(headings.read("STT"), Heading::NotRead);
        assert_eq!(headings.read("Lương"), Heading::Unknown);
        assert_eq!(headings.read(""), Heading::Unknown);
        assert_eq!(headings.read("(("), Heading::Unknown);
        assert_eq!(Column::nearest("Ngày sin"), Some(Column::BirthDate));
        assert_eq!(Column::nearest("Lương cơ bản"), None);
    }

    #[test]
    fn no_heading_is_that_of_two_columns() {
        let mut all = HashMap::new();
        for column in Column::ALL.iter().copied() {
            let names = column.others().iter().map(|name| (*name).to_owned());
            for name in names.chain([folded(column.title()), folded(column.english())]) {
                assert_eq!(name, folded(&name));
                let other = all.insert(name.clone(), column);
                assert!(other.is_none(), "{name} is there twice");
                assert!(!NOT_READ.contains(&name.as_str()));
            }
        }
    }
}
