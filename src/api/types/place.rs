//! Place.

#![expect(clippy::duplicated_attributes, reason = "two fields of an interface may have the same type")]

use async_graphql::{ID, Interface};

use super::{City, FormerCity, FormerDistrict, FormerWard, Ward};

/// A unit of administration, present or former (đơn vị hành chính).
#[derive(Clone, Debug, Interface)]
#[graphql(
    field(
        name = "id",
        ty = "ID",
        desc = "The object's id in this API: opaque, stable, for `node` and `nodes`. It is not an official code (mã định danh)."
    ),
    field(
        name = "code",
        ty = "String",
        desc = "The code of the General Statistics Office (mã GSO), as text. Present and former units share codes."
    ),
    field(name = "name", ty = "String", desc = "The official name with its kind (tên).")
)]
pub enum Place {
    /// A present city or province.
    City(City),
    /// A present ward.
    Ward(Ward),
    /// A former city or province.
    FormerCity(FormerCity),
    /// A former district.
    FormerDistrict(FormerDistrict),
    /// A former ward.
    FormerWard(FormerWard),
}
