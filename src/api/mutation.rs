//! The entrance for writers: each type of the register with what can be done to its rows.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use futures_util::future::try_join_all;

use super::{
    context::row,
    edit::{self, Create, CreateRows, Outcome, Selection, Update, UpdateRows, UserError},
    object::Record,
    plan::{Other, camel_case},
    types::{
        Award, City, Dataset, Designation, Festival, FestivalGuest, Indicator, Member, MovementModel, Observation,
        Organisation, Source, Team, Ward,
    },
};
use crate::error::Error;

/// Which rows are to go (xóa dữ liệu).
#[derive(Clone, Debug, InputObject)]
pub struct DeleteInput {
    /// The rows: at least 1, at most 250. All of them go, or none (các dòng cần xóa).
    rows: Vec<RowVersion>,
    /// The most rows that may go for each of these: itself, and what is nothing without it, such as the guests and awards of a festival. What else refers to it must be changed first (số dòng tối đa được xóa kèm).
    #[graphql(default = 1)]
    at_most: u32,
    /// A text of your own for this request, 1 to 100 characters. Sent again with it and the same input within 24 hours, the request is not carried out twice, and its answer is given again; with another input it is refused (khóa chống ghi trùng).
    idempotency_key: Option<String>,
}

/// A row as it was read (dòng dữ liệu và phiên bản đã đọc).
#[derive(Clone, Debug, InputObject)]
pub struct RowVersion {
    /// Which (mã định danh).
    id: ID,
    /// The `version` of the row that you have read. If it has another one now, somebody changed it meanwhile, and you are told `CONFLICT` (phiên bản đã đọc).
    expected_version: i32,
}

/// Whose data are to be taken away (thành viên cần xóa thông tin).
#[derive(Clone, Debug, InputObject)]
pub struct RedactInput {
    /// The members: at least 1, at most 250. It is done to all of them, or to none (các thành viên).
    rows: Vec<RowVersion>,
    /// A text of your own for this request, 1 to 100 characters. Sent again with it and the same input within 24 hours, the request is not carried out twice, and its answer is given again; with another input it is refused (khóa chống ghi trùng).
    idempotency_key: Option<String>,
}

/// What became of rows that were to go (kết quả xóa).
#[derive(Debug, SimpleObject)]
pub struct DeletePayload {
    /// The ids of the rows that are gone (các dòng đã xóa).
    deleted_ids: Vec<ID>,
    /// What is wrong; then no row is gone (lỗi nghiệp vụ).
    user_errors: Vec<UserError>,
}

macro_rules! mutation {
    ($($name:ident: $payload:ident, $rows_payload:ident, $row_result:ident, $field:ident, $create:ident, $update:ident, $delete:ident, $create_rows:ident, $update_rows:ident, $vietnamese:literal;)+) => {
        $(
            #[doc = concat!("What became of a row of type `", stringify!($name), "` (kết quả ghi ", $vietnamese, ").")]
            #[derive(Debug, SimpleObject)]
            pub struct $payload {
                /// The row as it is now; null if it was not written, or may not be seen (dòng sau khi ghi).
                $field: Option<$name>,
                /// What is wrong; then nothing was written (lỗi nghiệp vụ).
                user_errors: Vec<UserError>,
            }

            #[doc = concat!("What became of several rows of type `", stringify!($name), "` (kết quả ghi nhiều dòng ", $vietnamese, ").")]
            #[derive(Debug, SimpleObject)]
            pub struct $rows_payload {
                /// Each row of the request, in its order (từng dòng).
                results: Vec<$row_result>,
                /// How many were written (số dòng đã ghi).
                written: i32,
            }

            #[doc = concat!("What became of one of several rows of type `", stringify!($name), "` (kết quả một dòng ", $vietnamese, ").")]
            #[derive(Debug, SimpleObject)]
            pub struct $row_result {
                /// Its place in the request, from 0 (thứ tự trong yêu cầu).
                index: i32,
                /// The row as it is now; null if it was not written, or may not be seen (dòng sau khi ghi).
                $field: Option<$name>,
                /// What is wrong with it; then it was not written (lỗi nghiệp vụ).
                user_errors: Vec<UserError>,
            }

            impl $payload {
                async fn of(ctx: &Context<'_>, outcome: Result<Outcome, Error>) -> Result<Self, Error> {
                    let outcome = outcome?;
                    Ok(Self { $field: written(ctx, &outcome).await?, user_errors: outcome.errors() })
                }
            }

            impl $rows_payload {
                async fn of(ctx: &Context<'_>, outcomes: Result<Vec<Outcome>, Error>) -> Result<Self, Error> {
                    let outcomes = outcomes?;
                    let rows = try_join_all(outcomes.iter().map(|outcome| written::<$name>(ctx, outcome))).await?;
                    let count = outcomes.iter().filter(|outcome| outcome.row().is_some()).count();
                    let result = |((index, outcome), row): ((usize, Outcome), Option<$name>)| $row_result {
                        index: i32::try_from(index).unwrap_or(i32::MAX),
                        $field: row,
                        user_errors: outcome.errors(),
                    };
                    let results = outcomes.into_iter().enumerate().zip(rows).map(result).collect();
                    Ok(Self { results, written: i32::try_from(count).unwrap_or(i32::MAX) })
                }
            }
        )+

        /// The entrance for writers.
        #[derive(Debug)]
        pub struct Mutation;

        impl Mutation {
            /// Its fields that write rows, each with the type of the rows.
            pub fn writes() -> HashMap<String, Other> {
                let mut writes = HashMap::new();
                $(for field in [stringify!($create), stringify!($update), stringify!($delete), stringify!($create_rows), stringify!($update_rows)] {
                    writes.insert(camel_case(field), $name::shape as Other);
                })+
                writes
            }
        }

        /// What changes the register. Each field is one transaction of its own: it is carried out wholly or not at all, and the next one begins when it is done. All of them need a key with the scope `registry:write`; who writes members needs `members:read` too.
        #[Object]
        impl Mutation {
            $(
                #[doc = concat!("Adds a row of type `", stringify!($name), "` (thêm ", $vietnamese, ").")]
                async fn $create(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "The row (dữ liệu).")] input: Create<$name>,
                ) -> Option<Result<$payload, Error>> {
                    Some($payload::of(ctx, edit::create(ctx, stringify!($create), input).await).await)
                }

                #[doc = concat!("Changes a row of type `", stringify!($name), "` (sửa ", $vietnamese, ").")]
                async fn $update(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "The change (nội dung thay đổi).")] input: Update<$name>,
                ) -> Option<Result<$payload, Error>> {
                    Some($payload::of(ctx, edit::update(ctx, stringify!($update), input).await).await)
                }

                #[doc = concat!("Adds several rows of type `", stringify!($name), "` (thêm nhiều ", $vietnamese, ").")]
                async fn $create_rows(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "The rows (dữ liệu).")] input: CreateRows<$name>,
                ) -> Option<Result<$rows_payload, Error>> {
                    Some($rows_payload::of(ctx, edit::create_rows(ctx, stringify!($create_rows), input).await).await)
                }

                #[doc = concat!("Changes several rows of type `", stringify!($name), "` (sửa nhiều ", $vietnamese, ").")]
                async fn $update_rows(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "The changes (nội dung thay đổi).")] input: UpdateRows<$name>,
                ) -> Option<Result<$rows_payload, Error>> {
                    Some($rows_payload::of(ctx, edit::update_rows(ctx, stringify!($update_rows), input).await).await)
                }

                #[doc = concat!("Takes rows of type `", stringify!($name), "` away, with what is nothing without them; the history keeps them (xóa ", $vietnamese, ").")]
                async fn $delete(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "Which rows (các dòng cần xóa).")] input: DeleteInput,
                ) -> Option<Result<DeletePayload, Error>> {
                    Some(deleted::<$name>(ctx, stringify!($delete), input).await)
                }
            )+

            /// Takes away who members are, when the law or the member wants it: names, genders and personal data, here and in their histories. The rows stay, so that every count stays what it was. It cannot be undone (xóa thông tin cá nhân của thành viên).
            async fn member_redact(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Which members (các thành viên).")] input: RedactInput,
            ) -> Option<Result<MembersPayload, Error>> {
                let sent = InputType::to_value(&input);
                let rows = rows_of(input.rows.as_slice());
                let redacted = edit::redact::<Member>(ctx, "member_redact", Selection { sent, rows, key: input.idempotency_key });
                Some(MembersPayload::of(ctx, redacted.await).await)
            }
        }
    };
}

mutation! {
    City: CityPayload, CitiesPayload, CityRowResult, city, city_create, city_update, city_delete, cities_create, cities_update, "tỉnh, thành phố";
    Ward: WardPayload, WardsPayload, WardRowResult, ward, ward_create, ward_update, ward_delete, wards_create, wards_update, "phường, xã";
    Dataset: DatasetPayload, DatasetsPayload, DatasetRowResult, dataset, dataset_create, dataset_update, dataset_delete, datasets_create, datasets_update, "bộ dữ liệu";
    Source: SourcePayload, SourcesPayload, SourceRowResult, source, source_create, source_update, source_delete, sources_create, sources_update, "nguồn";
    Organisation: OrganisationPayload, OrganisationsPayload, OrganisationRowResult, organisation, organisation_create, organisation_update, organisation_delete, organisations_create, organisations_update, "cơ quan, tổ chức";
    Team: TeamPayload, TeamsPayload, TeamRowResult, team, team_create, team_update, team_delete, teams_create, teams_update, "tổ bảo vệ an ninh, trật tự";
    Member: MemberPayload, MembersPayload, MemberRowResult, member, member_create, member_update, member_delete, members_create, members_update, "thành viên";
    Festival: FestivalPayload, FestivalsPayload, FestivalRowResult, festival, festival_create, festival_update, festival_delete, festivals_create, festivals_update, "ngày hội";
    FestivalGuest: FestivalGuestPayload, FestivalGuestsPayload, FestivalGuestRowResult, festival_guest, festival_guest_create, festival_guest_update, festival_guest_delete, festival_guests_create, festival_guests_update, "đại biểu";
    Award: AwardPayload, AwardsPayload, AwardRowResult, award, award_create, award_update, award_delete, awards_create, awards_update, "khen thưởng";
    MovementModel: MovementModelPayload, MovementModelsPayload, MovementModelRowResult, movement_model, movement_model_create, movement_model_update, movement_model_delete, movement_models_create, movement_models_update, "mô hình";
    Designation: DesignationPayload, DesignationsPayload, DesignationRowResult, designation, designation_create, designation_update, designation_delete, designations_create, designations_update, "danh hiệu";
    Indicator: IndicatorPayload, IndicatorsPayload, IndicatorRowResult, indicator, indicator_create, indicator_update, indicator_delete, indicators_create, indicators_update, "chỉ tiêu";
    Observation: ObservationPayload, ObservationsPayload, ObservationRowResult, observation, observation_create, observation_update, observation_delete, observations_create, observations_update, "số liệu công bố";
}

/// The row that was written, if who wrote it may see it.
async fn written<T: Record>(ctx: &Context<'_>, outcome: &Outcome) -> Result<Option<T>, Error> {
    match outcome.row() {
        Some(id) => row(ctx, id).await,
        None => Ok(None),
    }
}

fn rows_of(rows: &[RowVersion]) -> Vec<(String, i32)> {
    rows.iter().map(|row| (row.id.to_string(), row.expected_version)).collect()
}

async fn deleted<T: Record>(ctx: &Context<'_>, field: &'static str, input: DeleteInput) -> Result<DeletePayload, Error> {
    let selection = Selection {
        sent: InputType::to_value(&input),
        rows: rows_of(&input.rows),
        key: input.idempotency_key,
    };
    let outcomes = edit::delete::<T>(ctx, field, selection, input.at_most).await?;
    let gone = outcomes.iter().zip(input.rows).filter_map(|(outcome, row)| outcome.row().map(|_| row.id)).collect();
    Ok(DeletePayload { deleted_ids: gone, user_errors: outcomes.into_iter().flat_map(Outcome::errors).collect() })
}
