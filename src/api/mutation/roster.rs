//! A roster that comes as a file: what it would do, every problem by its cell, and the writing of exactly that.

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};

use crate::{
    api::{
        context::{charge, loads, sight},
        edit::{Imported, Importing, UserError, import_roster},
        upload::Upload,
    },
    error::Error,
    roster::{At, Column, Problem, ProblemCode, Severity},
    store::{
        Reader,
        roster::{Change, Changed, Committed, Plan},
    },
};

/// Rows of a plan that are named; the others are only counted.
const NAMED: usize = 500;

/// A roster, and what is to be done with it (danh sách cần nhập).
#[derive(Debug, InputObject)]
pub struct RosterImportInput {
    /// The roster: a workbook of Excel (.xlsx) or a CSV file, at most 32 MB and 50,000 rows. If it has a date of birth, a telephone or an identity number of anybody, they are compared with those of the register, which needs `members:personal`, and to be told what for (tệp danh sách).
    file: Upload,
    /// The only ward that it is about, by its code or name: lines that name no ward are about it, and others are refused. Without it each line names its ward (phường, xã của danh sách).
    ward_code: Option<String>,
    /// Whether members who serve in a team of the file, and are not in it, have left (cho thôi những người không có trong danh sách).
    #[graphql(default)]
    retire_missing: bool,
    /// The `token` of the plan that is to be written. Without it nothing is written: you are told the plan. If file, input or register are no longer what the plan was made from, nothing is written, and the error is `CONFLICT` (mã kế hoạch cần ghi).
    plan: Option<String>,
}

/// What a roster would do, or has done (kết quả nhập danh sách).
#[derive(Debug, SimpleObject)]
pub struct RosterImportPayload {
    /// What it would do, and what is wrong with it; null if the file cannot be read (kế hoạch).
    plan: Option<RosterPlan>,
    /// What was written; null if nothing was to be, or the plan was not the one that you have named (đã ghi).
    written: Option<RosterWritten>,
    /// Why the file cannot be read, or was not written (lỗi nghiệp vụ).
    user_errors: Vec<UserError>,
}

/// What was written of a roster, in one transaction (số dòng đã ghi).
#[derive(Debug, SimpleObject)]
pub struct RosterWritten {
    /// Members that were added (thêm mới).
    added: i32,
    /// Members that were changed (thay đổi).
    changed: i32,
    /// Members that have left (thôi tham gia).
    retired: i32,
    /// Teams that were added (tổ mới).
    new_teams: i32,
}

/// What a row of a plan does (việc sẽ làm).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum RosterAction {
    /// A team is added (thêm tổ).
    AddTeam,
    /// A member is added (thêm thành viên).
    Add,
    /// A member is changed (sửa thành viên).
    Change,
    /// A member has left (cho thôi thành viên).
    Retire,
}

/// One row of a plan (một thay đổi).
#[derive(Clone, Debug, SimpleObject)]
pub struct RosterChange {
    /// What it does (việc sẽ làm).
    action: RosterAction,
    /// The member, as the register has them if they are there; null of a team (họ và tên).
    full_name: Option<String>,
    /// The team: its code, and its name in brackets (tổ).
    team: String,
    /// The sheet that says it; null of who is not in the file (trang tính).
    sheet: Option<String>,
    /// The row of the sheet, from 1 (dòng).
    row: Option<i32>,
    /// What changes of the member (giá trị thay đổi).
    values: Vec<RosterValue>,
}

/// A value that would be another (giá trị thay đổi).
#[derive(Clone, Debug, SimpleObject)]
pub struct RosterValue {
    /// The heading of its column in the template, in Vietnamese (cột).
    column: String,
    /// What it is. Personal data are null for who may not see them (giá trị cũ).
    from: Option<String>,
    /// What it would be. Personal data are null for who may not see them (giá trị mới).
    to: Option<String>,
    /// Whether it is personal data (dữ liệu cá nhân).
    is_personal: bool,
}

/// Something that is wrong with a roster, and where (lỗi trong danh sách). Personal data are left out of it for who may not see them: that needs `members:personal`, and to be told what for.
#[derive(Clone, Debug, SimpleObject)]
pub struct RosterProblem {
    /// What kind (mã lỗi).
    code: ProblemCode,
    /// Whether it must be solved first (mức độ).
    severity: Severity,
    /// The sheet; of a CSV file its name (trang tính).
    sheet: String,
    /// The row, from 1; null if the whole sheet is meant (dòng).
    row: Option<i32>,
    /// The column as Excel calls it, such as `C`; null if the whole row is meant (cột).
    column: Option<String>,
    /// What stands there, or its beginning (giá trị).
    value: Option<String>,
    /// What is wrong with it, as a sentence (thông báo).
    message: String,
    /// What is perhaps meant (gợi ý).
    suggestion: Option<String>,
}

/// What a roster would add, change and retire, and every problem (kế hoạch nhập danh sách).
#[derive(Debug)]
pub struct RosterPlan {
    plan: Plan,
    /// Whether who asks may see personal data.
    personal: bool,
}

impl RosterImportPayload {
    /// Takes a roster.
    ///
    /// # Errors
    /// Those of [`import_roster`].
    pub async fn of(ctx: &Context<'_>, input: RosterImportInput) -> Result<Self, Error> {
        let RosterImportInput { file, ward_code, retire_missing, plan } = input;
        let importing = Importing { file, ward: ward_code, retire_missing, plan };
        let Imported { plan, written, user_errors } = import_roster(ctx, importing).await?;
        let personal = sight(ctx).personal;
        let plan = plan.map(|plan| RosterPlan { plan, personal });
        Ok(Self { plan, written: written.map(RosterWritten::from), user_errors })
    }
}

impl From<Committed> for RosterWritten {
    fn from(Committed { teams, added, changed, retired }: Committed) -> Self {
        Self { added: count(added), changed: count(changed), retired: count(retired), new_teams: count(teams) }
    }
}

/// What a roster would add, change and retire, and every problem (kế hoạch nhập danh sách).
#[Object]
impl RosterPlan {
    /// Names just this plan: another file, input or state of the register make another one (mã kế hoạch).
    async fn token(&self) -> &str {
        &self.plan.token
    }

    /// The codes of the wards that it is about (mã phường, xã).
    async fn ward_codes(&self) -> Vec<&str> {
        self.plan.wards.iter().map(|ward| ward.code.as_str()).collect()
    }

    /// Sheets that were not read, as they have no headings of a roster or are hidden (trang tính không đọc).
    async fn not_read(&self) -> &[String] {
        &self.plan.not_read
    }

    /// Members that would be added (thêm mới).
    async fn added(&self) -> i32 {
        count(self.plan.added.len())
    }

    /// Members that would be changed (thay đổi).
    async fn changed(&self) -> i32 {
        count(self.plan.changed.len())
    }

    /// Members who are as the file says (giữ nguyên).
    async fn unchanged(&self) -> i32 {
        count(self.plan.unchanged)
    }

    /// Members who serve in a team of the file, and are not in it (không có trong danh sách).
    async fn absent(&self) -> i32 {
        count(self.plan.absent.len())
    }

    /// Members that would have left: those who are absent, if that is wanted (thôi tham gia).
    async fn retired(&self) -> i32 {
        count(self.plan.retired())
    }

    /// Teams that would be added (tổ mới).
    async fn new_teams(&self) -> i32 {
        count(self.plan.teams.len())
    }

    /// Problems that must be solved before anything is written (số lỗi).
    async fn errors(&self) -> i32 {
        count(self.plan.problems.errors())
    }

    /// Problems that need not be (số lưu ý).
    async fn warnings(&self) -> i32 {
        count(self.plan.problems.warnings())
    }

    /// The first 500 of what would be done: teams, who is added, who is changed, who has left (các thay đổi).
    async fn changes(&self, ctx: &Context<'_>) -> Option<Result<Vec<RosterChange>, Error>> {
        let changes: Vec<RosterChange> = self.all(loads(ctx).loader()).take(NAMED).collect();
        Some(charge(ctx, changes.len(), ctx.field()).map(|()| changes))
    }

    /// What is wrong, in the order of the file: the first 1,000, and what must be solved before what need not be (các lỗi).
    async fn problems(&self, ctx: &Context<'_>) -> Option<Result<Vec<RosterProblem>, Error>> {
        let list = self.plan.problems.list();
        let charged = charge(ctx, list.len(), ctx.field());
        Some(charged.map(|()| list.iter().map(|problem| RosterProblem::of(problem, self.personal)).collect()))
    }
}

impl RosterPlan {
    /// All that would be done; of personal data that are in it, `reader` notes that they are shown.
    fn all<'a>(&'a self, reader: &'a Reader) -> impl Iterator<Item = RosterChange> + 'a {
        let plan = &self.plan;
        let place = |at: &At| (Some(at.sheet.to_string()), i32::try_from(at.row).ok());
        let teams = plan.teams.iter().map(move |team| {
            let (sheet, row) = place(&team.at);
            let team = team.label.to_string();
            RosterChange { action: RosterAction::AddTeam, full_name: None, team, sheet, row, values: Vec::new() }
        });
        let added = plan.added.iter().map(move |added| {
            let (sheet, row) = place(&added.line.row());
            let (full_name, team) = (Some(added.line.full_name.clone()), added.team.to_string());
            RosterChange { action: RosterAction::Add, full_name, team, sheet, row, values: Vec::new() }
        });
        let changed = plan.changed.iter().map(move |changed| {
            let (sheet, row) = place(&changed.line.row());
            let (full_name, team) = (Some(changed.full_name.clone()), changed.team.to_string());
            let values = self.values(changed, reader);
            RosterChange { action: RosterAction::Change, full_name, team, sheet, row, values }
        });
        let retired = plan.absent.iter().take(plan.retired()).map(|absent| {
            let (full_name, team) = (Some(absent.full_name.clone()), absent.team.to_string());
            let action = RosterAction::Retire;
            RosterChange { action, full_name, team, sheet: None, row: None, values: Vec::new() }
        });
        teams.chain(added).chain(changed).chain(retired)
    }

    fn values(&self, changed: &Changed, reader: &Reader) -> Vec<RosterValue> {
        let value = |Change { column, from, to }: &Change| {
            let coordinate = coordinate(*column);
            if let Some(coordinate) = coordinate.filter(|_| self.personal) {
                reader.showed(coordinate, changed.member);
            }
            let seen = |value: &Option<String>| value.clone().filter(|_| self.personal || coordinate.is_none());
            let is_personal = coordinate.is_some();
            RosterValue { column: column.title().to_owned(), from: seen(from), to: seen(to), is_personal }
        };
        changed.changes.iter().map(value).collect()
    }
}

impl RosterProblem {
    fn of(problem: &Problem, personal: bool) -> Self {
        let problem = if personal { problem.clone() } else { problem.clone().without_personal() };
        let Problem { code, at, value, message, suggestion } = problem;
        let column = at.column_letters();
        let row = i32::try_from(at.row).ok().filter(|row| *row > 0);
        let (sheet, value) = (at.sheet.to_string(), Some(value).filter(|value| !value.is_empty()));
        Self { code, severity: code.severity(), sheet, row, column, value, message, suggestion }
    }
}

/// What the schema calls a column with personal data.
fn coordinate(column: Column) -> Option<&'static str> {
    match column {
        Column::BirthDate => Some("Member.birthDate"),
        Column::Phone => Some("Member.phone"),
        Column::NationalId => Some("Member.nationalId"),
        _ => None,
    }
}

fn count(rows: usize) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_personal_is_called_as_the_schema_calls_it() {
        for column in Column::ALL.iter().copied() {
            assert_eq!(coordinate(column).is_some(), column.is_personal(), "{column:?}");
        }
    }
}
