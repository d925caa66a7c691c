//! The changes of the register, as the schema tells them. (A small form of it, until the feed itself is there.)

use async_graphql::{Context, Enum, ID, Object};

use super::node::{Node, of_table};
use crate::{
    domain::DateTime,
    error::Error,
    ids::NodeId,
    store::{Members, Sight, changes},
};

/// What was done to an object (thao tác).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ChangeOperation {
    /// It was added (thêm).
    Insert,
    /// It was changed (sửa).
    Update,
    /// It was taken away (xóa).
    Delete,
}

impl From<changes::Operation> for ChangeOperation {
    fn from(operation: changes::Operation) -> Self {
        match operation {
            changes::Operation::Insert => Self::Insert,
            changes::Operation::Update => Self::Update,
            changes::Operation::Delete => Self::Delete,
        }
    }
}

/// What kind of object was changed (loại đối tượng).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ChangeType {
    /// A city or province (tỉnh, thành phố).
    City,
    /// A ward (phường, xã, đặc khu).
    Ward,
    /// A team (tổ bảo vệ an ninh, trật tự).
    Team,
    /// A member (thành viên).
    Member,
}

impl ChangeType {
    /// The name of its table.
    pub fn table(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::Ward => "ward",
            Self::Team => "team",
            Self::Member => "member",
        }
    }
}

/// One change (thay đổi).
#[derive(Clone, Debug)]
pub struct Change(pub changes::Change);

/// Whether who sees this may know of a change.
pub(super) fn may_know(change: &changes::Change, sight: &Sight) -> bool {
    change.table != "member" || sight.members == Members::All
}

/// One change of the register (thay đổi).
#[Object]
impl Change {
    /// The position behind this change (vị trí).
    async fn token(&self) -> String {
        self.0.token.to_string()
    }

    /// What was done (thao tác).
    async fn operation(&self) -> ChangeOperation {
        self.0.operation.into()
    }

    /// The id of the object (mã định danh).
    async fn id(&self) -> ID {
        NodeId::encode(self.0.table, self.0.row).into()
    }

    /// The version that the object has since (phiên bản).
    async fn version(&self) -> Option<i32> {
        self.0.version
    }

    /// When it was changed (lúc).
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// The object as it is now; null when it is gone (đối tượng).
    async fn node(&self, ctx: &Context<'_>) -> Option<Result<Node, Error>> {
        of_table(ctx, self.0.table, self.0.row).await.transpose()
    }
}
