//! Member.

use async_graphql::Context;

use super::{super::context, super::object::object, Dataset};
use crate::{
    domain::{Date, Gender, MemberRole, MemberStatus},
    error::Error,
    store::award,
};

object! {
    /// A member of a grassroots security team (thành viên tổ bảo vệ an ninh, trật tự).
    Member over member
    columns {
        /// Family name, middle names and given name, in this order (họ và tên).
        full_name: String,
        /// The member's part in the team (chức danh).
        role: MemberRole,
        /// Gender as registered; null if unknown (giới tính).
        gender: Option<Gender>,
        /// Whether the member serves (tình trạng).
        status: MemberStatus,
        /// The first day of service; null if unknown (ngày tham gia).
        joined_on: Option<Date>,
        /// The last day of service; null while serving (ngày thôi tham gia).
        left_on: Option<Date>,
    }
    one {
        /// The team that the member serves in (thuộc tổ).
        team: Team by team_id,
        /// The ward that the team guards (phường / xã).
        ward: Ward by ward_id,
        /// The city or province of that ward (tỉnh / thành phố).
        city: City by city_id,
        /// Where this row came from, and whether it is real (bộ dữ liệu).
        dataset: Dataset by dataset_id,
    }
    maybe {
        /// The former city or province on whose territory the team works; null if unknown (tỉnh, thành phố trước sáp nhập).
        former_city: FormerCity by former_city_id,
    }
    many {
        /// The awards that the member received in person (khen thưởng cá nhân).
        awards: Award in award::OF_MEMBER,
    }
    fields {
        /// Date of birth (ngày sinh). Personal data: shown for invented members only, null for everyone else.
        pub async fn birth_date(&self, ctx: &Context<'_>) -> Option<Result<Date, Error>> {
            self.personal(ctx, self.0.birth_date).await
        }

        /// Telephone number (số điện thoại). Personal data: shown for invented members only, null for everyone else. Invented numbers cannot be dialled.
        pub async fn phone(&self, ctx: &Context<'_>) -> Option<Result<String, Error>> {
            self.personal(ctx, self.0.phone.clone()).await
        }

        /// Number of the identity card (số định danh cá nhân). Personal data: shown for invented members only, null for everyone else. Invented numbers begin with `000`, which no province has.
        pub async fn national_id(&self, ctx: &Context<'_>) -> Option<Result<String, Error>> {
            self.personal(ctx, self.0.national_id.clone()).await
        }
    }
}

impl Member {
    /// A personal value, as long as there are no keys that say who may see a real one: for invented members only.
    async fn personal<V>(&self, ctx: &Context<'_>, value: Option<V>) -> Option<Result<V, Error>> {
        match (value, context::one::<Dataset>(ctx, self.0.dataset_id).await) {
            (_, Err(error)) => Some(Err(error)),
            (Some(value), Ok(dataset)) if dataset.0.synthetic => Some(Ok(value)),
            _ => None,
        }
    }
}
