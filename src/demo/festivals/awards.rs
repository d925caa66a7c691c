//! Invents the awards of a festival.

use chrono::NaiveDate;

use crate::{
    demo::{random::Random, roster::InventedTeam},
    domain::AwardKind,
};

const AWARDS: usize = 10;

/// An award handed over at a festival.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InventedAward {
    /// From 1, without gaps, in its festival.
    pub(crate) ordinal: i32,
    /// Its rank.
    pub(crate) kind: AwardKind,
    /// Such as “Giấy khen”.
    pub(crate) title: &'static str,
    /// Who was honoured.
    pub(crate) recipient: Recipient,
    /// What for, in Vietnamese.
    pub(crate) description: String,
}

/// Who an award goes to. Indexes are those of the slices that were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recipient {
    /// A team that was there on the day; honoured at most once in a festival.
    Team {
        /// Its place among the ward's teams.
        index: usize,
    },
    /// Somebody who had joined by the day; honoured at most once in a festival.
    Member {
        /// The team's place among the ward's teams.
        team_index: usize,
        /// The member's place in the team.
        member_index: usize,
    },
    /// Groups that are not named.
    Collective {
        /// How many groups.
        count: i32,
    },
    /// Families that are not named.
    Household {
        /// How many families.
        count: i32,
    },
}

/// The awards of a festival held on that day, the highest first.
pub(super) fn awards(teams: &[InventedTeam], held_on: NaiveDate, random: &mut Random) -> Vec<InventedAward> {
    let mut awards: Vec<InventedAward> = Vec::with_capacity(AWARDS);
    for _ in 0..AWARDS {
        let award = award(teams, held_on, &awards, random);
        awards.push(award);
    }
    awards.sort_by_key(|award| award.kind);
    for (award, ordinal) in awards.iter_mut().zip(1..) {
        award.ordinal = ordinal;
    }
    awards
}

fn award(teams: &[InventedTeam], held_on: NaiveDate, others: &[InventedAward], random: &mut Random) -> InventedAward {
    let drawn = random.weighted(&[
        (AwardKind::CommemorativeMedal, 10),
        (AwardKind::CertificateOfMerit, 18),
        (AwardKind::Commendation, 52),
        (AwardKind::Gift, 20),
    ]);
    let free = |recipient: &Recipient| others.iter().all(|other| other.recipient != *recipient);
    let named = (0..6).find_map(|_| named_recipient(drawn, teams, held_on, random).filter(free));
    let recipient = named.unwrap_or_else(|| unnamed_recipient(drawn, random));
    // A medal is for one person; with nobody left to honour, groups are commended instead.
    let kind = match (drawn, recipient) {
        (AwardKind::CommemorativeMedal, Recipient::Collective { .. }) => AwardKind::Commendation,
        _ => drawn,
    };
    InventedAward {
        ordinal: 0, // known once all are sorted
        kind,
        title: title(kind),
        recipient,
        description: description(kind, recipient, others, random),
    }
}

/// A team or a member that was there by the day; none if the draw says that no name is given, or
/// falls on one that came later: nobody was in a team before the law of 2024.
fn named_recipient(
    kind: AwardKind,
    teams: &[InventedTeam],
    held_on: NaiveDate,
    random: &mut Random,
) -> Option<Recipient> {
    let (of_team, of_member) = match kind {
        AwardKind::CommemorativeMedal => (0, 100),
        AwardKind::CertificateOfMerit => (16, 12),
        AwardKind::Commendation => (10, 20),
        AwardKind::Gift => (0, 6),
    };
    let roll = random.below(100);
    if teams.is_empty() || roll >= of_team + of_member {
        return None;
    }
    let index = random.below(teams.len() as u64) as usize;
    let team = &teams[index];
    if roll < of_team {
        return (team.established_on <= held_on).then_some(Recipient::Team { index });
    }
    let member_index = random.below(team.members.len() as u64) as usize;
    let joined_on = team.members.get(member_index)?.joined_on;
    (joined_on <= held_on).then_some(Recipient::Member { team_index: index, member_index })
}

fn unnamed_recipient(kind: AwardKind, random: &mut Random) -> Recipient {
    let households = match kind {
        AwardKind::Gift => 100,
        AwardKind::Commendation => 35,
        AwardKind::CommemorativeMedal | AwardKind::CertificateOfMerit => 0,
    };
    if random.chance(households) {
        Recipient::Household { count: random.between(2, 20) as i32 }
    } else {
        Recipient::Collective { count: random.between(1, 6) as i32 }
    }
}

fn title(kind: AwardKind) -> &'static str {
    match kind {
        AwardKind::CommemorativeMedal => "Kỷ niệm chương \"Bảo vệ ANTQ\"",
        AwardKind::CertificateOfMerit => "Bằng khen",
        AwardKind::Commendation => "Giấy khen",
        AwardKind::Gift => "Phần quà",
    }
}

/// What for, and not the same as another of `others` if it can be helped.
fn description(kind: AwardKind, recipient: Recipient, others: &[InventedAward], random: &mut Random) -> String {
    let deeds: &[&str] = match (recipient, kind) {
        (Recipient::Household { .. }, AwardKind::Gift) => &HOUSEHOLDS_IN_NEED,
        (Recipient::Household { .. }, _) => &HOUSEHOLD_DEEDS,
        (Recipient::Collective { .. }, _) => &COLLECTIVE_DEEDS,
        (Recipient::Team { .. }, _) => &TEAM_DEEDS,
        (Recipient::Member { .. }, AwardKind::CommemorativeMedal) => &MEDAL_DEEDS,
        (Recipient::Member { .. }, AwardKind::Gift) => &MEMBERS_IN_NEED,
        (Recipient::Member { .. }, _) => &MEMBER_DEEDS,
    };
    let mut deed = *random.pick(deeds);
    for _ in 0..8 {
        if !others.iter().any(|other| other.description.ends_with(deed)) {
            break;
        }
        deed = *random.pick(deeds);
    }
    match recipient {
        Recipient::Household { count } => format!("{count} hộ gia đình {deed}"),
        Recipient::Collective { count } => format!("{count} tập thể {deed}"),
        Recipient::Team { .. } | Recipient::Member { .. } => deed.to_owned(),
    }
}

const TEAM_DEEDS: [&str; 8] = [
    "Có thành tích xuất sắc trong phong trào toàn dân bảo vệ ANTQ",
    "Giữ vững địa bàn không phát sinh tội phạm và tệ nạn xã hội",
    "Tuần tra ban đêm đều đặn, kịp thời phát hiện và báo tin về tội phạm",
    "Hòa giải thành nhiều vụ mâu thuẫn trong nhân dân ngay tại cơ sở",
    "Vận động nhân dân giao nộp vũ khí, vật liệu nổ và công cụ hỗ trợ",
    "Duy trì hiệu quả mô hình camera an ninh trên địa bàn",
    "Phối hợp chữa cháy và cứu nạn kịp thời, không để thiệt hại về người",
    "Phối hợp bảo đảm trật tự, an toàn giao thông trong dịp Tết",
];
const MEMBER_DEEDS: [&str; 8] = [
    "Dũng cảm truy bắt đối tượng trộm cắp tài sản",
    "Có thành tích xuất sắc trong phong trào toàn dân bảo vệ ANTQ",
    "Nhặt được của rơi, trả lại người đánh mất",
    "Kịp thời cứu người bị đuối nước",
    "Cung cấp nguồn tin giúp Công an triệt xóa điểm đánh bạc",
    "Cảm hóa, giúp đỡ người lầm lỗi tái hòa nhập cộng đồng",
    "Tận tụy với công tác tuần tra, canh gác trên địa bàn",
    "Tích cực tuyên truyền phòng, chống lừa đảo qua mạng",
];
const MEDAL_DEEDS: [&str; 3] = [
    "Có nhiều đóng góp cho sự nghiệp bảo vệ an ninh Tổ quốc",
    "Gắn bó lâu năm với phong trào toàn dân bảo vệ ANTQ ở cơ sở",
    "Có công lao trong xây dựng lực lượng bảo vệ an ninh, trật tự ở cơ sở",
];
const COLLECTIVE_DEEDS: [&str; 6] = [
    "có thành tích xuất sắc trong phong trào toàn dân bảo vệ ANTQ",
    "xây dựng khu dân cư đạt tiêu chuẩn an toàn về an ninh, trật tự",
    "duy trì tốt mô hình tự quản, tự phòng về an ninh, trật tự",
    "tích cực tham gia phòng, chống tội phạm và tệ nạn xã hội",
    "đoàn kết giữ gìn cơ quan, trường học an toàn về an ninh, trật tự",
    "vận động nhân dân lắp đặt đèn chiếu sáng và camera an ninh",
];
const HOUSEHOLD_DEEDS: [&str; 4] = [
    "gương mẫu chấp hành pháp luật và giữ gìn trật tự nơi cư trú",
    "tích cực tham gia tổ tự quản về an ninh, trật tự",
    "hiến đất, góp công làm đường và lắp đèn an ninh",
    "đạt danh hiệu Gia đình văn hóa, không có người vi phạm pháp luật",
];
const HOUSEHOLDS_IN_NEED: [&str; 5] = [
    "có hoàn cảnh khó khăn trên địa bàn",
    "chính sách, người có công với cách mạng",
    "nghèo vượt khó, chấp hành tốt pháp luật",
    "đồng bào dân tộc thiểu số có hoàn cảnh khó khăn",
    "có con em hiếu học, vượt khó",
];
const MEMBERS_IN_NEED: [&str; 2] =
    ["Vượt khó, tận tụy với công việc của tổ bảo vệ ANTT", "Có hoàn cảnh khó khăn, hoàn thành tốt nhiệm vụ được giao"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::festivals::festivals_of;
    use crate::demo::roster::fixtures::ward;
    use crate::demo::roster::{Quota, WardSite, day, teams_of};

    fn teams(ward: &WardSite, teams: usize) -> Vec<InventedTeam> {
        let quota = Quota { ward_index: 0, teams, members: 3 * teams };
        teams_of(ward, &quota, 1, day(2026, 11, 23))
    }

    #[test]
    fn whoever_is_honoured_was_there_and_is_honoured_once() {
        let ward = ward("31510");
        for size in [1, 3, 30] {
            let teams = teams(&ward, size);
            for festival in festivals_of(&ward, &teams, 1, &[]) {
                let mut honoured = Vec::new();
                for award in &festival.awards {
                    let since = match award.recipient {
                        Recipient::Team { index } => teams[index].established_on,
                        Recipient::Member { team_index, member_index } => {
                            teams[team_index].members[member_index].joined_on
                        }
                        Recipient::Collective { count } | Recipient::Household { count } => {
                            assert!(count > 0 && award.kind != AwardKind::CommemorativeMedal);
                            continue;
                        }
                    };
                    assert!(since <= festival.held_on && !honoured.contains(&award.recipient));
                    honoured.push(award.recipient);
                }
            }
        }
    }
}
