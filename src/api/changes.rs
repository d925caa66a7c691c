//! The change feed, as the schema tells it.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use super::{
    context::{answered, charge, loads, sight},
    me::Asker,
    node::{Node, of_table, shape},
};
use crate::{
    domain::DateTime,
    error::{Error, shown},
    ids::NodeId,
    store::changes::{Behind, Change as Entry, Newest, Operation, Read, Token},
};

/// Changes of one page, where it is not said how many.
pub const DEFAULT_CHANGES: u32 = 100;
/// Changes of one page at most.
pub const MAX_CHANGES: u32 = 500;
/// What that limit is called.
pub const CHANGE_ROWS: &str = "changeRows";

/// What became of a row (loại thay đổi).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ChangeOperation {
    /// It was added or changed: `node` is what it is now (thêm hoặc sửa).
    Upsert,
    /// It is gone, or no longer one that you may see: take it out of your copy (xóa).
    Delete,
    /// It is gone, and the row `into` stands for it (sáp nhập).
    Merge,
    /// Who it is was taken away: replace all that you have of it by `node`, or take it all away if that is null, in copies and histories too (xóa thông tin cá nhân).
    Redact,
}

impl From<Operation> for ChangeOperation {
    fn from(operation: Operation) -> Self {
        match operation {
            Operation::Upsert => Self::Upsert,
            Operation::Delete => Self::Delete,
            Operation::Merge => Self::Merge,
            Operation::Redact => Self::Redact,
        }
    }
}

macro_rules! types {
    ($($name:ident = $table:literal: $vietnamese:literal,)+) => {
        /// The types whose rows the change feed tells of (loại đối tượng).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        pub enum ChangeType {
            $(#[doc = concat!("Rows of type `", stringify!($name), "` (", $vietnamese, ").")] $name,)+
        }

        impl ChangeType {
            /// The name of its table.
            pub fn table(self) -> &'static str {
                match self { $(Self::$name => $table,)+ }
            }
        }
    };
}

types! {
    City = "city": "tỉnh, thành phố",
    Ward = "ward": "phường, xã",
    FormerCity = "former_city": "tỉnh, thành phố trước sáp nhập",
    FormerDistrict = "former_district": "quận, huyện trước đây",
    FormerWard = "former_ward": "phường, xã trước sắp xếp",
    Dataset = "dataset": "bộ dữ liệu",
    Source = "source": "nguồn",
    Organisation = "organisation": "cơ quan, tổ chức",
    Team = "team": "tổ bảo vệ an ninh, trật tự",
    Member = "member": "thành viên",
    Festival = "festival": "ngày hội",
    FestivalGuest = "festival_guest": "đại biểu",
    Award = "award": "khen thưởng",
    MovementModel = "movement_model": "mô hình",
    Designation = "designation": "danh hiệu",
    Indicator = "indicator": "chỉ tiêu",
    Observation = "observation": "số liệu công bố",
}

/// A page of the change feed (một trang của dòng thay đổi).
#[derive(Debug, SimpleObject)]
pub struct ChangePage {
    /// The changes, the oldest first. A page may have fewer than were asked for, even none, though more follow: what you may not see, or did not ask for, is passed over (các thay đổi).
    changes: Vec<Change>,
    /// Where to go on, as `after`: keep it together with what you made of this page (vị trí tiếp theo).
    token: String,
    /// Whether more follow already (còn thay đổi).
    has_more: bool,
}

/// Something that became of a row (một thay đổi).
#[derive(Clone, Debug)]
pub struct Change(Entry);

impl Change {
    /// An entry of the feed, as who sees this may know of it.
    pub fn new(entry: Entry) -> Self {
        Self(entry)
    }
}

/// Something that became of a row (một thay đổi).
#[Object]
impl Change {
    /// What became of it (loại thay đổi).
    async fn operation(&self) -> ChangeOperation {
        self.0.operation.into()
    }

    /// The name of its type, such as `Team` (loại đối tượng).
    #[graphql(name = "type")]
    async fn of_type(&self) -> &str {
        shape(&self.0.table).map_or("", |shape| shape.name)
    }

    /// The id of the row (mã định danh).
    async fn id(&self) -> ID {
        NodeId::encode(&self.0.table, self.0.row).into()
    }

    /// The version that it had then; null where something that belongs to it was changed, such as the hosts of a festival (phiên bản).
    async fn version(&self) -> Option<i32> {
        self.0.version
    }

    /// The id of the row that stands for it, where it was merged (sáp nhập vào).
    async fn into(&self) -> Option<ID> {
        self.0.into.map(|row| NodeId::encode(&self.0.table, row).into())
    }

    /// When it was changed, in UTC (thời điểm).
    async fn changed_at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// Where to go on behind this change, as `after` (vị trí tiếp theo).
    async fn token(&self) -> String {
        self.0.token.to_string()
    }

    /// The row as it is now, which may be later than this change; null if it is gone by now (dòng hiện tại).
    async fn node(&self, ctx: &Context<'_>) -> Option<Result<Node, Error>> {
        match self.0.operation {
            Operation::Delete | Operation::Merge => None,
            Operation::Upsert | Operation::Redact => of_table(ctx, &self.0.table, self.0.row).await.transpose(),
        }
    }
}

/// What became of rows behind a token; without one the present end of the feed.
///
/// # Errors
/// [`Error::Gap`]; [`Error::BadInput`] for a token that is none, [`Error::PageSize`].
pub(super) async fn changes(
    ctx: &Context<'_>,
    after: Option<String>,
    types: Option<Vec<ChangeType>>,
    first: Option<i32>,
) -> Result<ChangePage, Error> {
    // What can be read depends on which transactions are under way.
    ctx.data_unchecked::<Asker>().keep_nothing();
    let most = page_of(first.map_or(i64::from(DEFAULT_CHANGES), i64::from))?;
    let (loads, nothing) = (loads(ctx), || Error::internal("the feed was not read"));
    let Some(after) = after else {
        let token = loads.load_one(Newest).await?.ok_or_else(nothing)?.to_string();
        return Ok(ChangePage { changes: Vec::new(), token, has_more: false });
    };
    let behind = Behind { token: after_token("after", &after)?, most };
    let read = loads.load_one(behind).await?.ok_or_else(nothing)?;
    let Read::Changes { changes, token, more } = read else { return Err(Error::Gap) };
    let changes = seen(changes, types.as_deref(), sight(ctx));
    charge(ctx, changes.len(), ctx.field())?;
    answered(ctx, changes.len());
    Ok(ChangePage { changes, token: token.to_string(), has_more: more })
}

/// The size of a page.
fn page_of(first: i64) -> Result<u32, Error> {
    match u32::try_from(first) {
        Ok(most @ 1..=MAX_CHANGES) => Ok(most),
        Ok(1..) => Err(Error::PageSize { name: CHANGE_ROWS, argument: "first", max: MAX_CHANGES, actual: first }),
        _ => Err(Error::BadInput(format!("`first` is {first}, and a page has at least 1 change."))),
    }
}

/// The token that an argument gives.
///
/// # Errors
/// [`Error::BadInput`].
pub fn after_token(argument: &str, text: &str) -> Result<Token, Error> {
    text.parse()
        .map_err(|_| Error::BadInput(format!("`{argument}` is \"{}\", which is no token of this feed.", shown(text))))
}

/// The entries that somebody may see, of these types if any are given.
pub fn seen(entries: Vec<Entry>, types: Option<&[ChangeType]>, sight: &crate::store::Sight) -> Vec<Change> {
    let asked = |entry: &Entry| types.is_none_or(|types| types.iter().any(|of| of.table() == entry.table));
    entries.into_iter().filter(asked).filter_map(|entry| entry.seen_by(sight)).map(Change).collect()
}
