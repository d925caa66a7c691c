//! Finds the members of a team.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::demo::random::Random;
use crate::{
    demo::names::Residents,
    domain::{Gender, MemberRole},
};

/// Somebody who serves in a team at present.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InventedMember {
    /// In Vietnamese order: family name first.
    pub(crate) full_name: String,
    /// What the member does in the team.
    pub(crate) role: MemberRole,
    /// Man or woman.
    pub(crate) gender: Gender,
    /// 20 to 65 years before the reference day.
    pub(crate) birth_date: NaiveDate,
    /// 11 digits from “0199”, a range that ended in 2018; unique in the ward.
    pub(crate) phone: String,
    /// 12 digits from “000”, the code of no province; unique in the ward.
    pub(crate) national_id: String,
    /// Not before the team was set up, and after the 18th birthday.
    pub(crate) joined_on: NaiveDate,
}

/// Finds the members of the teams of one ward.
pub(super) struct Recruiter {
    residents: Residents,
    today: NaiveDate,
    numbers: Numbers,
}

impl Recruiter {
    /// Numbers are handed out in turn, from places that are drawn from `random`.
    pub(super) fn new(residents: Residents, today: NaiveDate, random: &mut Random) -> Self {
        Self { residents, today, numbers: Numbers::new(random) }
    }

    /// The members of a team: the leader, then the deputy if there is one, then the others.
    pub(super) fn members(
        &mut self,
        size: usize,
        established_on: NaiveDate,
        random: &mut Random,
    ) -> Vec<InventedMember> {
        let mut members: Vec<InventedMember> = Vec::with_capacity(size);
        for place in 0..size {
            let role = match place {
                0 => MemberRole::Leader,
                1 if size >= 3 => MemberRole::Deputy,
                _ => MemberRole::Member,
            };
            let mut member = self.member(role, established_on, random);
            // Two people of one name in a ward are common, in one team they only confuse.
            for _ in 0..8 {
                if members.iter().all(|other| other.full_name != member.full_name) {
                    break;
                }
                let (gender, year) = (member.gender, member.birth_date.year());
                member.full_name = self.residents.full_name(random, gender, year);
            }
            members.push(member);
        }
        members
    }

    fn member(&mut self, role: MemberRole, established_on: NaiveDate, random: &mut Random) -> InventedMember {
        let (women, youngest, oldest) = match role {
            MemberRole::Leader => (12, 35, 62),
            MemberRole::Deputy => (18, 28, 60),
            MemberRole::Member => (24, 20, 65),
        };
        let gender = if random.chance(women) { Gender::Female } else { Gender::Male };
        let birth_date = self.birth_date(youngest, oldest, random);
        let (phone, national_id) = self.numbers.next(gender, birth_date.year());
        InventedMember {
            full_name: self.residents.full_name(random, gender, birth_date.year()),
            role,
            gender,
            birth_date,
            phone,
            national_id,
            joined_on: self.joined_on(birth_date, established_on, random),
        }
    }

    /// A birthday that makes an age in that range today; ages in the middle are the most frequent.
    fn birth_date(&self, youngest: u64, oldest: u64, random: &mut Random) -> NaiveDate {
        let span = oldest - youngest;
        let age = youngest + random.between(0, span / 2) + random.between(0, span - span / 2);
        self.today - Months::new(12 * age as u32) - Days::new(random.below(365))
    }

    /// Most joined on the first day. Nobody is under 20 today, so there is always a day.
    fn joined_on(&self, birth_date: NaiveDate, established_on: NaiveDate, random: &mut Random) -> NaiveDate {
        let adult_on = birth_date + Months::new(12 * 18);
        if adult_on >= established_on {
            return (adult_on + Days::new(random.between(1, 300))).min(self.today);
        }
        let span = (self.today - established_on).num_days().unsigned_abs();
        let later = if random.chance(80) { 0 } else { random.between(0, span) };
        established_on + Days::new(later)
    }
}

/// Phone numbers and national ids, no two alike in a ward, and none that a person can have.
struct Numbers {
    phone: u64,
    national_id: u64,
}

impl Numbers {
    /// The steps are prime to 10, so no number comes again before all of its digits are used up.
    const PHONE: (u64, u64) = (6_180_339, 10_000_000);
    const NATIONAL_ID: (u64, u64) = (618_033, 1_000_000);

    fn new(random: &mut Random) -> Self {
        Self { phone: random.below(Self::PHONE.1), national_id: random.below(Self::NATIONAL_ID.1) }
    }

    /// A phone number and a national id: “000”, century and gender, year of birth, a number.
    fn next(&mut self, gender: Gender, birth_year: i32) -> (String, String) {
        self.phone = (self.phone + Self::PHONE.0) % Self::PHONE.1;
        self.national_id = (self.national_id + Self::NATIONAL_ID.0) % Self::NATIONAL_ID.1;
        let century = birth_year.div_euclid(100) - 19;
        let of_gender = 2 * century + i32::from(gender == Gender::Female);
        let year = birth_year.rem_euclid(100);
        (format!("0199{:07}", self.phone), format!("000{of_gender}{year:02}{:06}", self.national_id))
    }
}
