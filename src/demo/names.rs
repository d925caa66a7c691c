//! Names of people and of hamlets, drawn as often as they are met in each part of the country.
//!
//! The shares are plausible rather than measured: about two in five are a Nguyễn, one in nine a Trần, one in ten a Lê.
//! Tone marks stand where people write them (“Hòa”, “Thúy”), and every text is in Unicode's NFC.

use std::collections::HashSet;

use super::random::Random;
use crate::domain::Gender;

/// A choice of texts with the weight of each.
type Weighted = &'static [(&'static str, u32)];
/// A choice of texts, the commonest first.
type Ranked = &'static [&'static str];

/// How the Kinh of one part of the country are named, and what they call where they live.
#[derive(Debug)]
struct Region {
    families: Weighted,
    /// Given names of older country people, met in the south only.
    rustic: Ranked,
    hamlet: &'static str,
    quarter: &'static str,
    /// The first and second syllables of the names of hamlets.
    hamlets: (Ranked, Ranked),
}

/// How a people other than the Kinh are named.
#[derive(Debug)]
struct People {
    families: Weighted,
    men: Ranked,
    women: Ranked,
    /// In 100 cases, how often the middle and given name are Kinh ones.
    borrowed: u32,
    /// The Êđê say the clan last: “Y Bhiông Niê”.
    clan_last: bool,
}

/// What is particular to a former province: who else lives there, and hamlets of their naming.
#[derive(Debug)]
struct Minority {
    /// Share of the residents in per cent. Lower than in life: the demo should look Vietnamese to
    /// whoever knows little of the country, and still try the searching of other names.
    percent: u32,
    peoples: &'static [&'static People],
    /// Whole names of hamlets, with their word for hamlet.
    hamlets: Ranked,
}

/// Who lives in a ward, and how they name themselves and their hamlets.
#[derive(Debug)]
pub(super) struct Residents {
    region: &'static Region,
    minority: Minority,
    quarter: &'static str,
}

impl Residents {
    /// The residents of a ward by the codes of its present city and, if known, of the one before
    /// the merger, which often says more.
    pub(super) fn of(city_code: &str, former_city_code: Option<&str>) -> Self {
        let region = match city_code {
            code if code < "40" => &NORTH,
            code if code < "75" => &CENTRE,
            _ => &SOUTH,
        };
        let quarter = if city_code == "92" { "khu vực" } else { region.quarter };
        Self { region, minority: minority(former_city_code.unwrap_or(city_code)), quarter }
    }

    /// A full name that fits the gender and the generation.
    pub(super) fn full_name(&self, random: &mut Random, gender: Gender, birth_year: i32) -> String {
        if !random.chance(self.minority.percent) || self.minority.peoples.is_empty() {
            let family = random.weighted(self.region.families);
            return self.kinh_name(random, family, gender, birth_year);
        }
        let people = random.pick(self.minority.peoples);
        let family = if people.families.is_empty() { "" } else { random.weighted(people.families) };
        if random.chance(people.borrowed) {
            return self.kinh_name(random, family, gender, birth_year);
        }
        let given = random.pick(if gender == Gender::Male { people.men } else { people.women });
        let parts = if people.clan_last { [given, family] } else { [family, given] };
        parts.join(" ").trim_start().to_owned()
    }

    /// The family, a middle and a given name, no two in a row alike: “Minh Minh” is nobody's name.
    fn kinh_name(&self, random: &mut Random, family: &str, gender: Gender, year: i32) -> String {
        if year < 1980 && !self.region.rustic.is_empty() && random.chance(5) {
            let middle = if gender == Gender::Male { "Văn" } else { "Thị" };
            return format!("{family} {middle} {}", random.pick(self.region.rustic));
        }
        let (middles, givens) = match (gender, year < 1985) {
            (Gender::Male, true) => (MEN_MIDDLE_BEFORE_1985, MEN),
            (Gender::Male, false) => (MEN_MIDDLE, MEN),
            (Gender::Female, true) => (WOMEN_MIDDLE_BEFORE_1985, WOMEN),
            (Gender::Female, false) => (WOMEN_MIDDLE, WOMEN),
        };
        let mut middle = random.weighted(middles);
        while middle == family {
            middle = random.weighted(middles);
        }
        let mut given = ranked(random, givens);
        while middle.ends_with(given) {
            given = ranked(random, givens);
        }
        format!("{family} {middle} {given}")
    }

    /// `count` different names of the hamlets of a rural commune, such as “ấp Phú Lợi A”, or of the
    /// quarters of an urban ward, such as “khu vực 3”.
    pub(super) fn localities(&self, random: &mut Random, urban: bool, count: usize) -> Vec<String> {
        let word = if urban { self.quarter } else { self.region.hamlet };
        // A fifth of the communes only number their hamlets.
        if urban || random.chance(20) {
            return (1..=count).map(|number| format!("{word} {number}")).collect();
        }
        let (mut names, mut taken) = (Vec::with_capacity(count), HashSet::new());
        while names.len() < count {
            match self.hamlet(random, &mut taken) {
                Some(name) => names.extend(parted(name, random).take(count - names.len())),
                None => names.push(format!("{word} {}", names.len() + 1)),
            }
        }
        names
    }

    /// The name of a hamlet that is not taken yet; none if that takes too long, as in a demo of
    /// many times the country, where a commune has more teams than we have names.
    fn hamlet(&self, random: &mut Random, taken: &mut HashSet<String>) -> Option<String> {
        let Region { hamlet, hamlets: (first, second), .. } = self.region;
        for _ in 0..8 {
            let own = self.minority.hamlets;
            let name = if !own.is_empty() && random.chance(self.minority.percent) {
                (*random.pick(own)).to_owned()
            } else {
                let (start, end) = (random.pick(first), random.pick(second));
                if start == end {
                    continue;
                }
                format!("{hamlet} {start} {end}")
            };
            if taken.insert(name.clone()) {
                return Some(name);
            }
        }
        None
    }
}

/// The hamlet, or “A”, “B” and perhaps “C” of it: those that grew too big were divided.
fn parted(name: String, random: &mut Random) -> impl Iterator<Item = String> {
    let parts: &[&str] = random.weighted(&[(&[""], 78), (&[" A", " B"], 17), (&[" A", " B", " C"], 5)]);
    parts.iter().map(move |part| format!("{name}{part}"))
}

/// One of `choices`, the first ones more often than the last: the smaller of two draws.
fn ranked(random: &mut Random, choices: Ranked) -> &'static str {
    let count = choices.len() as u64;
    choices[random.below(count).min(random.below(count)) as usize]
}

/// What is particular to a province as it was before the mergers of 2025-07-01, by its code.
fn minority(code: &str) -> Minority {
    let (percent, peoples, hamlets): (u32, &[&People], Ranked) = match code {
        "84" | "94" => (17, &[&KHMER], KHMER_HAMLETS),
        "91" | "95" => (8, &[&KHMER], KHMER_HAMLETS),
        "89" | "93" => (3, &[&KHMER], &[]),
        "02" | "08" | "10" | "15" => (20, &[&TAY, &HMONG], MOUNTAIN_HAMLETS),
        "04" | "06" | "20" => (25, &[&TAY], MOUNTAIN_HAMLETS),
        "11" | "12" | "14" => (25, &[&THAI, &HMONG], MOUNTAIN_HAMLETS),
        "17" => (20, &[&MUONG], &[]),
        "19" => (10, &[&TAY], &[]),
        "62" => (12, &[&XO_DANG], JARAI_HAMLETS),
        "64" => (12, &[&JARAI], JARAI_HAMLETS),
        "66" => (12, &[&EDE], EDE_HAMLETS),
        "67" | "68" => (8, &[&KOHO], &[]),
        _ => (0, &[], &[]),
    };
    Minority { percent, peoples, hamlets }
}

const SOUTH: Region = Region {
    families: SOUTHERN_FAMILIES,
    rustic: &["Út", "Bé", "Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười", "Bé Ba", "Út Em"],
    hamlet: "ấp",
    quarter: "khu phố",
    hamlets: (SOUTHERN_FIRST, SOUTHERN_SECOND),
};
const CENTRE: Region = Region {
    families: CENTRAL_FAMILIES,
    rustic: &[],
    hamlet: "thôn",
    quarter: "tổ dân phố số",
    hamlets: (NORTHERN_FIRST, NORTHERN_SECOND),
};
const NORTH: Region = Region {
    families: NORTHERN_FAMILIES,
    rustic: &[],
    hamlet: "thôn",
    quarter: "tổ dân phố số",
    hamlets: (NORTHERN_FIRST, NORTHERN_SECOND),
};

#[rustfmt::skip]
const SOUTHERN_FAMILIES: Weighted = &[
    ("Nguyễn", 384), ("Trần", 112), ("Lê", 95), ("Huỳnh", 60), ("Phạm", 62), ("Võ", 42),
    ("Phan", 42), ("Trương", 22), ("Đặng", 20), ("Bùi", 15), ("Hồ", 14), ("Ngô", 13), ("Dương", 13),
    ("Đỗ", 10), ("Lâm", 10), ("Lý", 9), ("Đinh", 6), ("Đoàn", 6), ("Mai", 6), ("Cao", 6),
    ("Lương", 6), ("Châu", 5), ("Tô", 4), ("Thái", 4), ("Trịnh", 4), ("Lưu", 4), ("Vũ", 4),
    ("Hoàng", 4), ("Tạ", 3), ("Quách", 3), ("Hà", 3), ("Đào", 3), ("La", 2), ("Tăng", 2), ("Từ", 2),
    ("Kiều", 2), ("Vương", 2), ("Giang", 1), ("Triệu", 1), ("Tiêu", 1), ("Ong", 1), ("Hứa", 1),
    ("Thân", 1), ("Mạc", 1), ("Quan", 1), ("Âu", 1),
];
#[rustfmt::skip]
const CENTRAL_FAMILIES: Weighted = &[
    ("Nguyễn", 378), ("Trần", 110), ("Lê", 105), ("Phạm", 62), ("Phan", 46), ("Võ", 40),
    ("Huỳnh", 28), ("Hồ", 28), ("Hoàng", 25), ("Đặng", 22), ("Trương", 18), ("Bùi", 15),
    ("Ngô", 14), ("Đỗ", 12), ("Dương", 10), ("Đoàn", 9), ("Đinh", 9), ("Cao", 9), ("Mai", 7),
    ("Thái", 6), ("Lương", 6), ("Hà", 5), ("Trịnh", 4), ("Lưu", 4), ("Đào", 4), ("Vũ", 4),
    ("Từ", 2), ("Châu", 2), ("Phùng", 2), ("Tạ", 2), ("Tống", 2), ("Tôn", 1),
    ("Đồng", 1), ("Ông", 1), ("Bạch", 1), ("Kiều", 1),
];
#[rustfmt::skip]
const NORTHERN_FAMILIES: Weighted = &[
    ("Nguyễn", 384), ("Trần", 108), ("Lê", 90), ("Phạm", 74), ("Vũ", 48), ("Hoàng", 42),
    ("Bùi", 26), ("Đỗ", 26), ("Đặng", 20), ("Ngô", 16), ("Dương", 13), ("Phan", 12), ("Đinh", 12),
    ("Đào", 12), ("Trịnh", 11), ("Đoàn", 10), ("Lương", 8), ("Hà", 8), ("Cao", 6), ("Mai", 6),
    ("Lưu", 6), ("Trương", 6), ("Phùng", 6), ("Tạ", 5), ("Chu", 5), ("Tống", 3), ("Tô", 3),
    ("Nghiêm", 2), ("Lý", 2), ("Hồ", 2), ("Quách", 2), ("Thân", 2), ("Kiều", 2), ("Vương", 2),
    ("Lại", 2), ("Khổng", 1), ("Bạch", 1), ("Đồng", 1), ("Doãn", 1), ("Khuất", 1), ("Giáp", 1),
    ("Ninh", 1), ("Võ", 1),
];

#[rustfmt::skip]
const MEN_MIDDLE_BEFORE_1985: Weighted = &[
    ("Văn", 42), ("Hữu", 7), ("Minh", 5), ("Thanh", 6), ("Quốc", 5), ("Ngọc", 4), ("Công", 4),
    ("Hoàng", 4), ("Đức", 4), ("Xuân", 3), ("Đình", 3), ("Tấn", 3), ("Chí", 3), ("Thành", 3),
    ("Phước", 2), ("Trọng", 2), ("Trung", 2), ("Bá", 2), ("Duy", 2), ("Hồng", 2), ("Quang", 2),
    ("Viết", 1), ("Thế", 2), ("Anh", 1),
];
#[rustfmt::skip]
const MEN_MIDDLE: Weighted = &[
    ("Văn", 16), ("Minh", 9), ("Hoàng", 8), ("Quốc", 7), ("Thanh", 7), ("Hữu", 6), ("Đức", 5),
    ("Tuấn", 4), ("Duy", 4), ("Thành", 4), ("Trung", 4), ("Anh", 3), ("Gia", 2), ("Nhật", 3),
    ("Khánh", 2), ("Tấn", 3), ("Công", 3), ("Ngọc", 3), ("Hải", 2), ("Trọng", 3), ("Chí", 3),
    ("Phước", 2), ("Bảo", 2), ("Quang", 2), ("Xuân", 1), ("Vĩnh", 1), ("Phúc", 1), ("Hoài", 2),
    ("Hữu Minh", 1), ("Văn Minh", 1),
];
#[rustfmt::skip]
const WOMEN_MIDDLE_BEFORE_1985: Weighted = &[
    ("Thị", 52), ("Thị Ngọc", 5), ("Thị Kim", 5), ("Thị Thanh", 4), ("Thị Mỹ", 3), ("Thị Hồng", 4),
    ("Thị Bích", 3), ("Thị Thu", 3), ("Thị Tuyết", 2), ("Thị Xuân", 1), ("Thị Minh", 1), ("Kim", 3),
    ("Ngọc", 3), ("Thanh", 3), ("Mỹ", 2), ("Hồng", 2), ("Tuyết", 1), ("Bích", 2), ("Thúy", 1),
    ("Thu", 1),
];
#[rustfmt::skip]
const WOMEN_MIDDLE: Weighted = &[
    ("Thị", 26), ("Thị Ngọc", 6), ("Thị Thanh", 5), ("Thị Thùy", 4), ("Thị Mỹ", 4), ("Thị Kim", 4),
    ("Thị Cẩm", 3), ("Thị Diễm", 2), ("Thị Phương", 3), ("Thị Hồng", 2), ("Thị Bích", 2),
    ("Thị Thu", 3), ("Ngọc", 6), ("Thanh", 4), ("Thùy", 3), ("Mỹ", 3), ("Kim", 3), ("Cẩm", 2),
    ("Bảo", 2), ("Khánh", 2), ("Phương", 3), ("Minh", 2), ("Hoài", 2), ("Như", 2), ("Quỳnh", 2),
    ("Hoàng", 1), ("Ánh", 1),
];

#[rustfmt::skip]
const MEN: Ranked = &[
    "Hùng", "Dũng", "Tuấn", "Minh", "Sơn", "Thành", "Hải", "Bình", "Hòa", "Cường", "Long", "Phúc",
    "Hưng", "Thắng", "Đức", "Tâm", "Nam", "Hiếu", "Nghĩa", "Trung", "Quang", "Tài", "Lộc", "Phong",
    "An", "Hậu", "Lâm", "Vinh", "Khánh", "Tùng", "Toàn", "Thanh", "Phương", "Phước", "Tân", "Đạt",
    "Duy", "Huy", "Khoa", "Kiệt", "Linh", "Lợi", "Luân", "Mạnh", "Nhân", "Phát", "Phú", "Quân",
    "Quý", "Sang", "Tấn", "Thái", "Thịnh", "Thiện", "Thuận", "Thông", "Tiến", "Tín", "Trí",
    "Trường", "Trọng", "Tú", "Tường", "Vũ", "Việt", "Hoàng", "Hào", "Hiển", "Hồng", "Khang", "Khôi",
    "Kiên", "Ngọc", "Danh", "Dương", "Đông", "Giang", "Hà", "Chiến", "Chính", "Công", "Bảo", "Đại",
    "Điền", "Định", "Giàu", "Khải", "Khiêm", "Lực", "Lượng", "Mẫn", "Nguyên", "Nhã", "Nhật", "Nhựt",
    "Ninh", "Quyền", "Quyết", "Sinh", "Sĩ", "Thạch", "Thọ", "Thới", "Thoại", "Thạnh", "Tính",
    "Toản", "Triều", "Tuyên", "Ân", "Bền", "Đồng", "Hoan", "Vĩnh", "Viễn", "Vương", "Vượng", "Xuân",
    "Hóa", "Thủy", "Khỏe", "Đoàn", "Hiền", "Hoài", "Luận", "Tiệp", "Uy", "Vỹ", "Ý",
];
#[rustfmt::skip]
const WOMEN: Ranked = &[
    "Hoa", "Lan", "Hương", "Hồng", "Thủy", "Hằng", "Hạnh", "Nga", "Mai", "Phượng", "Thu", "Thúy",
    "Loan", "Liên", "Yến", "Dung", "Hà", "Ngọc", "Linh", "Trang", "Phương", "Thảo", "Tuyết", "Vân",
    "Oanh", "Hiền", "Huệ", "Cúc", "Đào", "Kiều", "Lệ", "Nhung", "Nguyệt", "Bích", "Diệu", "Duyên",
    "Giang", "Hân", "Huyền", "Khánh", "Lài", "Liễu", "Luyến", "Lý", "My", "Mỹ", "Ngân", "Nghi",
    "Nhàn", "Nhi", "Như", "Nữ", "Phấn", "Phụng", "Quyên", "Quỳnh", "Sen", "Sương", "Tâm", "Thanh",
    "Thắm", "Thi", "Thoa", "Thơ", "Thơm", "Thùy", "Thư", "Thương", "Tiên", "Tình", "Trâm", "Trân",
    "Trinh", "Trúc", "Tú", "Tươi", "Tuyền", "Uyên", "Vy", "Xuân", "Xuyến", "Yên", "Ánh", "Anh",
    "Ái", "An", "Bình", "Chi", "Châu", "Diễm", "Điệp", "Gấm", "Hậu", "Hường", "Kim", "Lam", "Lành",
    "Lượm", "Mận", "Minh", "Ngoan", "Hòa", "Thêm", "Thuận", "Thục", "Vui",
];

#[rustfmt::skip]
const KHMER: People = People {
    families: &[
        ("Thạch", 30), ("Sơn", 18), ("Danh", 14), ("Kim", 12), ("Lâm", 12), ("Trần", 10),
        ("Lý", 10), ("Châu", 5), ("Liêu", 4), ("Kiên", 4), ("Lưu", 3), ("Đào", 3), ("Tăng", 3),
        ("Triệu", 2), ("Hứa", 2),
    ],
    men: &[
        "Sà Rương", "Sóc Kha", "Chanh Đa", "Sô Phanh", "Sà Rây", "Đa Ra", "Sa Vuth", "Rít Thi",
        "Sà Phol", "Kha Na", "Sô Thi", "Sa Rinh", "Vi Sal", "Thươl", "Phone", "Sươl", "Rane",
        "Bươl", "Ngọc Rương", "Sô Phi Rum", "Sóc Thone", "Đa Rít", "Sà Quết", "Chia", "Som Nang",
        "Sa Mết", "Phia Rum", "Út",
    ],
    women: &[
        "Thị Sa Rây", "Thị Sô Phia", "Thị Đa Ni", "Thị Sóc Kha", "Thị Sa Mum", "Thị Chanh Thu",
        "Thị Sa Ry", "Thị Bô Pha", "Thị Rát Tha Na", "Thị Sô Vanh", "Thị Linh Đa", "Thị Mô Ni",
        "Thị Chanh Thi", "Thị Hên", "Sô Pha Ny", "Si Na Ry", "Đa Vi", "Thị Sà Rươne", "Thị Phally",
        "Chanh Ry", "Thị Si Nươne", "Thị Út",
    ],
    borrowed: 50,
    clan_last: false,
};
#[rustfmt::skip]
const TAY: People = People {
    families: &[
        ("Nông", 22), ("Hoàng", 20), ("Lương", 8), ("Triệu", 10), ("Lý", 10), ("Bế", 7), ("Ma", 7),
        ("Đàm", 5), ("Hứa", 5), ("Hà", 5), ("La", 4), ("Vi", 5), ("Lộc", 3), ("Bàn", 4),
        ("Phùng", 3), ("Mông", 2),
    ],
    men: &[],
    women: &[],
    borrowed: 100,
    clan_last: false,
};
#[rustfmt::skip]
const MUONG: People = People {
    families: &[
        ("Bùi", 45), ("Đinh", 15), ("Quách", 12), ("Hà", 12), ("Bạch", 8), ("Xa", 6), ("Phùng", 2),
    ],
    men: &[],
    women: &[],
    borrowed: 100,
    clan_last: false,
};
#[rustfmt::skip]
const THAI: People = People {
    families: &[
        ("Lò", 30), ("Quàng", 15), ("Lường", 14), ("Cà", 12), ("Tòng", 10), ("Hoàng", 6), ("Vì", 6),
        ("Lèo", 4), ("Bạc", 2), ("Cầm", 4), ("Điêu", 3), ("Khoàng", 2),
    ],
    men: &[
        "Văn Inh", "Văn Ánh", "Văn Pâng", "Văn Pọm", "Văn Ín", "Văn Hặc", "Văn Xôm", "Văn Phanh",
        "Văn Ơn", "Văn Tưởng", "Văn Puốn", "Văn Bun", "Văn Lả", "Văn Chựa", "Văn Dọn", "Văn Pánh",
    ],
    women: &[
        "Thị Inh", "Thị Ín", "Thị Piếng", "Thị Pâng", "Thị Lả", "Thị Ọi", "Thị Hặc", "Thị Tưởi",
        "Thị Phương", "Thị Ơn", "Thị Ánh", "Thị Bun", "Thị Xôm", "Thị Nọi",
    ],
    borrowed: 40,
    clan_last: false,
};
#[rustfmt::skip]
const HMONG: People = People {
    families: &[
        ("Giàng", 20), ("Vàng", 18), ("Sùng", 18), ("Thào", 12), ("Mùa", 9), ("Hạng", 8),
        ("Lầu", 6), ("Lý", 6), ("Má", 4), ("Cứ", 4), ("Ly", 4), ("Hờ", 3), ("Tráng", 2),
    ],
    men: &[
        "A Páo", "A Dơ", "A Chu", "A Lử", "A Tủa", "A Sính", "A Dế", "A Sáng", "A Chớ", "A Phềnh",
        "A Nhìa", "A Vàng", "A Lềnh", "A Say", "A Tính", "A Dình", "A Chống", "Mí Sính", "Mí Dình",
        "Seo Páo", "Seo Lử",
    ],
    women: &[
        "Thị Mỷ", "Thị Dợ", "Thị Sua", "Thị Chía", "Thị Dinh", "Thị Mao", "Thị Xia", "Thị Pà",
        "Thị Máy", "Thị Chư", "Thị Súa", "Thị Dê", "Thị Chở", "Thị Vá", "Thị Say",
    ],
    borrowed: 0,
    clan_last: false,
};
#[rustfmt::skip]
const JARAI: People = People {
    families: &[
        ("Ksor", 20), ("Siu", 18), ("Rơ Châm", 16), ("Rơ Mah", 14), ("Kpă", 12), ("Nay", 12),
        ("Rah Lan", 6), ("Puih", 6), ("Rơ Lan", 5), ("Rcom", 5),
    ],
    men: &[
        "Blưk", "Hyưh", "Djruêng", "Del", "Thuyết", "Phước", "Nghĩa", "Thanh", "Khuin", "Byơk",
        "Tlơn", "Chăm", "Huynh", "Wơk", "Soan", "Mơnh", "Yak", "Jit",
    ],
    women: &[
        "H'Yư", "H'Chi", "H'Win", "H'Bơ", "H'Nhung", "H'Lan", "H'Mai", "H'Phương", "H'Blin",
        "H'Uyên", "H'Nga", "H'Thúy", "H'Bla", "H'Diễm",
    ],
    borrowed: 0,
    clan_last: false,
};
#[rustfmt::skip]
const EDE: People = People {
    families: &[
        ("Niê", 28), ("Mlô", 16), ("Êban", 14), ("Byă", 12), ("Ayŭn", 7), ("Kbuôr", 6),
        ("Ênuôl", 7), ("Kpơr", 4), ("Niê Kđăm", 8), ("Bkrông", 6), ("Buôn Yă", 4), ("Hđơk", 4),
    ],
    men: &[
        "Y Bhiông", "Y Thịnh", "Y Wiên", "Y Krông", "Y Blim", "Y Nguyên", "Y Dhăm", "Y Khăm",
        "Y Sơn", "Y Bliêo", "Y Tuấn", "Y Ngọc", "Y Suôl", "Y Than", "Y Duẩn", "Y Phôn", "Y Lem",
        "Y Đăng",
    ],
    women: &[
        "H'Hen", "H'Bia", "H'Len", "H'Linh", "H'Dung", "H'Mlak", "H'Nuin", "H'Yar", "H'Blui",
        "H'Ngọc", "H'Zina", "H'Wen", "H'Loan", "H'Juê",
    ],
    borrowed: 0,
    clan_last: true,
};
#[rustfmt::skip]
const XO_DANG: People = People {
    families: &[],
    men: &[
        "A Thút", "A Lai", "A Blưu", "A Nghĩa", "A Phương", "A Đêm", "A Hiếu", "A Kâm", "A Lăng",
        "A Minh", "A Ngọc", "A Păng", "A Tuấn", "A Vũ", "A Xếp", "A Brôi Vẽ", "A Sơn", "A Hùng",
    ],
    women: &[
        "Y Nhung", "Y Blưp", "Y Hoa", "Y Lan", "Y Mai", "Y Ngọc", "Y Nhiên", "Y Phương", "Y Rút",
        "Y Sâm", "Y Thủy", "Y Vân", "Y Hiền", "Y Beo",
    ],
    borrowed: 0,
    clan_last: false,
};
#[rustfmt::skip]
const KOHO: People = People {
    families: &[],
    men: &[
        "K'Brèo", "K'Tiếu", "K'Brôm", "K'Thế", "K'Sơn", "K'Nhang", "K'Broh", "K'Lư", "K'Điệp",
        "K'Hùng", "K'Măng", "K'Bình", "K'Tâm", "K'Vinh", "K'Jang", "K'Sép",
    ],
    women: &[
        "Ka Hương", "Ka Thêm", "Ka Nhiếu", "Ka Brum", "Ka Duyên", "Ka Hiền", "Ka Mai", "Ka Thủy",
        "Ka Sa", "Ka Phượng", "Ka Lan", "Ka Hằng", "Ka Đim", "Ka Nhi",
    ],
    borrowed: 0,
    clan_last: false,
};

#[rustfmt::skip]
const SOUTHERN_FIRST: Ranked = &[
    "Tân", "Thạnh", "Phú", "Bình", "Long", "Hòa", "Mỹ", "An", "Vĩnh", "Thới", "Trường", "Đông",
    "Phước", "Hưng", "Thuận", "Định", "Nhơn", "Xuân", "Đại", "Trung",
];
#[rustfmt::skip]
const SOUTHERN_SECOND: Ranked = &[
    "Thạnh", "Lợi", "Hòa", "An", "Phước", "Hưng", "Long", "Thành", "Bình", "Thuận", "Mỹ", "Quới",
    "Lộc", "Khánh", "Đông", "Hậu", "Tiến", "Phú", "Hiệp", "Xuân", "Thới", "Hội", "Trị", "Điền",
];
#[rustfmt::skip]
const NORTHERN_FIRST: Ranked = &[
    "Phú", "Xuân", "Hòa", "Đông", "Yên", "Thanh", "Đại", "Vân", "Kim", "An", "Bình", "Tân", "Trung",
    "Thượng", "Ngọc", "Văn", "Đức", "Mai", "Liên", "Quang", "Vĩnh", "Lương",
];
#[rustfmt::skip]
const NORTHERN_SECOND: Ranked = &[
    "Lâm", "Sơn", "Trì", "Xá", "Đồng", "Hà", "Khê", "Quang", "Trung", "Mỹ", "Lộc", "Cường", "Thịnh",
    "Viên", "Cát", "Lai", "Thái", "Thọ", "Động", "Nội", "Phong", "Tiến", "Hậu", "Thành",
];
#[rustfmt::skip]
const KHMER_HAMLETS: Ranked = &[
    "ấp Giồng Chùa", "ấp Sóc Mới", "ấp Bưng Cóc", "ấp Trà Sết", "ấp Sóc Vồ", "ấp Tà Ân",
    "ấp Bưng Chụm", "ấp Trà Canh", "ấp Giồng Dú", "ấp Trà Mơn", "ấp Tắc Gồng", "ấp Sóc Lẻo",
    "ấp Phnor Đung", "ấp Trà Coi", "ấp Bưng Tróp", "ấp Sóc Bưng", "ấp Giồng Trôm", "ấp Lâm Dồ",
    "ấp Prey Chóp", "ấp Tà Điếp",
];
#[rustfmt::skip]
const MOUNTAIN_HAMLETS: Ranked = &[
    "bản Nà Pản", "bản Huổi Lướt", "bản Nà Tấu", "bản Pá Khoang", "bản Phiêng Lay", "bản Nậm Cang",
    "bản Co Hịnh", "bản Nà Luông", "bản Huổi Hin", "bản Noong Bua", "bản Nà Lìm", "bản Pom Lót",
    "bản Phiêng Cành", "bản Nà Sàng", "bản Tà Chải", "bản Sín Chải", "bản Lao Chải",
    "bản Nà Khoang", "bản Pá Liềng", "bản Nậm Khao", "bản Nà Bó", "bản Khuổi Mạ", "bản Khuổi Luông",
    "bản Pác Nặm", "bản Nà Rì", "bản Cốc Lùng", "bản Lũng Pù", "bản Tả Phìn",
];
#[rustfmt::skip]
const JARAI_HAMLETS: Ranked = &[
    "làng Pleiku Roh", "làng Ốp", "làng Kép", "làng Phung", "làng Ia Nueng", "làng Brel",
    "làng Bàng", "làng Đê Ktu", "làng Mơ Nú", "làng Klăh", "làng Krêl", "làng Kon Rơ Bàng",
    "làng Đăk Ơ", "làng Ia Gri", "làng Tung Breng", "làng Bông", "làng Pyang", "làng Kuk Kôn",
    "làng Groi", "làng Đăk Mế",
];
#[rustfmt::skip]
const EDE_HAMLETS: Ranked = &[
    "buôn Ako Dhong", "buôn Niêng", "buôn Kmrơng", "buôn Tơng Jú", "buôn Ky", "buôn Alê",
    "buôn Êa Bông", "buôn Dhă", "buôn Kô Tam", "buôn Ciết", "buôn Ea Sar", "buôn Krông Búk",
    "buôn Kwang", "buôn Trấp", "buôn Tría", "buôn Hra Ea", "buôn Kplang", "buôn Sah",
    "buôn Ea Yông", "buôn Jung",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(city: &str, former: &str, gender: Gender, year: i32) -> Vec<String> {
        let residents = Residents::of(city, Some(former));
        let mut random = Random::seeded(1);
        (0..4_000).map(|_| residents.full_name(&mut random, gender, year)).collect()
    }

    fn share(names: &[String], families: &[&str]) -> usize {
        let found = |name: &&String| families.iter().any(|family| name.starts_with(&format!("{family} ")));
        names.iter().filter(found).count() * 100 / names.len()
    }

    #[test]
    fn families_are_as_common_as_in_life() {
        let (south, north) = (names("92", "92", Gender::Male, 1980), names("01", "01", Gender::Male, 1980));
        assert!((36..=41).contains(&share(&south, &["Nguyễn"])));
        assert!((36..=41).contains(&share(&north, &["Nguyễn"])));
        assert!(share(&south, &["Huỳnh", "Võ"]) >= 8 && share(&south, &["Hoàng", "Vũ"]) <= 1);
        assert!(share(&north, &["Hoàng", "Vũ"]) >= 7 && share(&north, &["Huỳnh", "Võ"]) <= 1);
    }

    #[test]
    fn former_soc_trang_has_khmer_families() {
        let khmer = ["Thạch", "Sơn", "Danh", "Kim", "Kiên", "Liêu"];
        assert!((7..=17).contains(&share(&names("92", "94", Gender::Male, 1980), &khmer)));
        assert_eq!(share(&names("92", "92", Gender::Male, 1980), &khmer), 0);
    }

    #[test]
    fn no_syllable_is_said_twice() {
        for gender in [Gender::Male, Gender::Female] {
            for name in names("92", "92", gender, 1990).iter().chain(&names("01", "01", gender, 1960)) {
                let syllables: Vec<&str> = name.split(' ').collect();
                assert!(syllables.len() >= 3 && syllables.windows(2).all(|pair| pair[0] != pair[1]));
            }
        }
    }

    #[test]
    fn older_women_are_mostly_thi() {
        let thi = |year| names("92", "92", Gender::Female, year).iter().filter(|name| name.contains(" Thị ")).count();
        assert!(thi(1970) > thi(2000) && thi(1970) > 3_000);
    }

    #[test]
    fn tones_are_in_nfc_and_where_people_write_them() {
        let source = include_str!("names.rs");
        assert!(!source.chars().any(|letter| ('\u{300}'..='\u{36F}').contains(&letter)));
        let new_style = ["oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ"];
        let data = source.split("mod tests").next().unwrap_or_default();
        let misplaced: Vec<&str> = data
            .split(|letter: char| !letter.is_alphabetic())
            .filter(|word| !word.starts_with("Qu") && new_style.iter().any(|end| word.ends_with(end)))
            .collect();
        assert_eq!(misplaced, Vec::<&str>::new());
    }

    #[test]
    fn given_names_are_many_and_all_different() {
        for list in [MEN, WOMEN, KHMER_HAMLETS, MOUNTAIN_HAMLETS, JARAI_HAMLETS, EDE_HAMLETS] {
            assert_eq!(list.iter().collect::<HashSet<_>>().len(), list.len());
        }
        assert!(MEN.len() >= 80 && WOMEN.len() >= 80);
    }

    #[test]
    fn localities_are_different_even_when_names_run_out() {
        let residents = Residents::of("92", Some("94"));
        for seed in 0..10 {
            let names = residents.localities(&mut Random::seeded(seed), false, 2_000);
            assert_eq!(names.iter().collect::<HashSet<_>>().len(), 2_000);
            assert!(names.iter().all(|name| name.starts_with("ấp ")));
        }
        assert_eq!(residents.localities(&mut Random::seeded(1), true, 2), ["khu vực 1", "khu vực 2"]);
    }

    #[test]
    fn each_part_of_the_country_has_its_words() {
        let first = |city, urban| Residents::of(city, None).localities(&mut Random::seeded(1), urban, 1).remove(0);
        assert!(first("79", true).starts_with("khu phố 1"));
        assert!(first("01", true).starts_with("tổ dân phố số 1"));
        assert!(first("40", false).starts_with("thôn "));
        assert!(first("96", false).starts_with("ấp "));
    }
}
