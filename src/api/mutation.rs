//! The entrance for writers: each type of the register with what can be done to its rows.

mod inputs;
mod roster;

use std::collections::HashMap;

use async_graphql::{Context, ID, InputType, Object, SimpleObject};
use futures_util::future::{BoxFuture, try_join_all};

use super::{
    context::row,
    edit::{self, Create, CreateRows, Outcome, Selection, Splitting, Update, UpdateRows, UserError},
    object::Record,
    plan::{Other, camel_case},
    types::{
        Award, City, Dataset, Designation, Festival, FestivalGuest, Indicator, Member, MovementModel, Observation,
        Organisation, Source, Team, Ward,
    },
};
use crate::{
    error::Error,
    ids::NodeId,
    store::{organisation, source},
};
use inputs::{
    DeleteInput, FestivalLinksInput, MergeInput, RedactInput, TeamSplitInput, WardSplitInput, rows_of, texts,
};
use roster::{RosterImportInput, RosterImportPayload};

/// What became of a team that was split (kết quả tách tổ).
#[derive(Debug, SimpleObject)]
pub struct TeamSplitPayload {
    /// The team that was split; null if it was not (tổ được tách).
    team: Option<Team>,
    /// The new one (tổ mới).
    new_team: Option<Team>,
    /// What is wrong; then nothing was written (lỗi nghiệp vụ).
    user_errors: Vec<UserError>,
}

/// What became of a ward that was split (kết quả chia tách).
#[derive(Debug, SimpleObject)]
pub struct WardSplitPayload {
    /// The ward that was split; null if it was not (đơn vị được chia).
    ward: Option<Ward>,
    /// The new one (đơn vị mới).
    new_ward: Option<Ward>,
    /// What is wrong; then nothing was written (lỗi nghiệp vụ).
    user_errors: Vec<UserError>,
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
                let others: [(&str, Other); 7] = [
                    ("memberRedact", Member::shape),
                    ("teamsMerge", Team::shape),
                    ("teamSplit", Team::shape),
                    ("wardsMerge", Ward::shape),
                    ("wardSplit", Ward::shape),
                    ("festivalHostsUpdate", Festival::shape),
                    ("festivalSourcesUpdate", Festival::shape),
                ];
                writes.extend(others.map(|(field, shape)| (field.to_owned(), shape)));
                writes
            }
        }

        /// What changes the register (cập nhật sổ bộ). Each field is one transaction of its own: it is carried out wholly or not at all, and the next one begins when it is done. All of them need a key with the scope `registry:write`; who writes members needs `members:read` too.
        #[Object]
        impl Mutation {
            $(
                #[doc = concat!("Adds a row of type `", stringify!($name), "` (thêm ", $vietnamese, ").")]
                async fn $create(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "The row (dữ liệu).")] input: Create<$name>,
                ) -> Option<Result<$payload, Error>> {
                    Some(apart(async move { $payload::of(ctx, edit::create(ctx, stringify!($create), input).await).await }).await)
                }

                #[doc = concat!("Changes a row of type `", stringify!($name), "` (sửa ", $vietnamese, ").")]
                async fn $update(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "The change (nội dung thay đổi).")] input: Update<$name>,
                ) -> Option<Result<$payload, Error>> {
                    Some(apart(async move { $payload::of(ctx, edit::update(ctx, stringify!($update), input).await).await }).await)
                }

                #[doc = concat!("Adds several rows of type `", stringify!($name), "` (thêm nhiều ", $vietnamese, ").")]
                async fn $create_rows(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "The rows (dữ liệu).")] input: CreateRows<$name>,
                ) -> Option<Result<$rows_payload, Error>> {
                    Some(apart(async move { $rows_payload::of(ctx, edit::create_rows(ctx, stringify!($create_rows), input).await).await }).await)
                }

                #[doc = concat!("Changes several rows of type `", stringify!($name), "` (sửa nhiều ", $vietnamese, ").")]
                async fn $update_rows(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "The changes (nội dung thay đổi).")] input: UpdateRows<$name>,
                ) -> Option<Result<$rows_payload, Error>> {
                    Some(apart(async move { $rows_payload::of(ctx, edit::update_rows(ctx, stringify!($update_rows), input).await).await }).await)
                }

                #[doc = concat!("Takes rows of type `", stringify!($name), "` away, with what is nothing without them; the history keeps them (xóa ", $vietnamese, ").")]
                async fn $delete(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(desc = "Which rows (các dòng cần xóa).")] input: DeleteInput,
                ) -> Option<Result<DeletePayload, Error>> {
                    Some(apart(deleted::<$name>(ctx, stringify!($delete), input)).await)
                }
            )+

            /// Makes teams of one ward one (sáp nhập các tổ): members and awards of the others go to the first. Where that has a leader, those of the others become members.
            async fn teams_merge(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Which teams (các tổ).")] input: MergeInput,
            ) -> Option<Result<TeamPayload, Error>> {
                Some(TeamPayload::of(ctx, edit::merge::<Team, Member>(ctx, "teams_merge", input.read()).await).await)
            }

            /// Makes a new team of some members of one, in the same ward (tách tổ).
            async fn team_split(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Which team, and what becomes of it (tổ được tách).")] input: TeamSplitInput,
            ) -> Option<Result<TeamSplitPayload, Error>> {
                Some(split_team(ctx, input).await)
            }

            /// Makes wards one, as the reform of administration does (sáp nhập phường, xã): teams, festivals and organisations of the others go to the first, and the former wards that became them become it. A team whose code is taken there gets the next free number. Refused where reports say something of one of the others, or keys are limited to it.
            async fn wards_merge(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Which wards (các đơn vị).")] input: MergeInput,
            ) -> Option<Result<WardPayload, Error>> {
                Some(WardPayload::of(ctx, edit::merge::<Ward, Team>(ctx, "wards_merge", input.read()).await).await)
            }

            /// Makes a new ward of some teams of one, in the same city (chia tách phường, xã). The former wards that became the one may have become either, and are told as split.
            async fn ward_split(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Which ward, and what becomes of it (đơn vị được chia).")] input: WardSplitInput,
            ) -> Option<Result<WardSplitPayload, Error>> {
                Some(split_ward(ctx, input).await)
            }

            /// Says which organisations host a festival: these, and no others (cập nhật đơn vị tổ chức ngày hội).
            async fn festival_hosts_update(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Which festival, and the ids of its hosts (ngày hội và các đơn vị tổ chức).")] input: FestivalLinksInput,
            ) -> Option<Result<FestivalPayload, Error>> {
                let hosts = &organisation::HOSTS_OF_FESTIVAL;
                let outcome = edit::relink::<Festival, Organisation>(ctx, "festival_hosts_update", hosts, input.read()).await;
                Some(FestivalPayload::of(ctx, outcome).await)
            }

            /// Says which sources a festival is reported by: these, and no others (cập nhật nguồn của ngày hội).
            async fn festival_sources_update(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Which festival, and the ids of its sources (ngày hội và các nguồn).")] input: FestivalLinksInput,
            ) -> Option<Result<FestivalPayload, Error>> {
                let sources = &source::OF_FESTIVAL;
                let outcome = edit::relink::<Festival, Source>(ctx, "festival_sources_update", sources, input.read()).await;
                Some(FestivalPayload::of(ctx, outcome).await)
            }

            /// Compares the roster of one ward or several with the register, and names every problem by its cell; with the `plan` that it named before, writes just that (nhập danh sách thành viên từ tệp). The file is sent beside the operation: see `Upload`.
            async fn roster_import(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "The roster, and what is to be done with it (danh sách).")] input: RosterImportInput,
            ) -> Option<Result<RosterImportPayload, Error>> {
                Some(RosterImportPayload::of(ctx, input).await)
            }

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

/// What a field does, with room of its own: that of all fields together, of which one is run, would be more than a stack has.
fn apart<'a, T>(work: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(work)
}

/// The row that was written, if who wrote it may see it.
async fn written<T: Record>(ctx: &Context<'_>, outcome: &Outcome) -> Result<Option<T>, Error> {
    match outcome.row() {
        Some(id) => row(ctx, id).await,
        None => Ok(None),
    }
}

async fn deleted<T: Record>(
    ctx: &Context<'_>,
    field: &'static str,
    input: DeleteInput,
) -> Result<DeletePayload, Error> {
    let selection =
        Selection { sent: InputType::to_value(&input), rows: rows_of(&input.rows), key: input.idempotency_key };
    let outcomes = edit::delete::<T>(ctx, field, selection, input.at_most).await?;
    let gone = outcomes.iter().zip(input.rows).filter_map(|(outcome, row)| outcome.row().map(|_| row.id)).collect();
    Ok(DeletePayload { deleted_ids: gone, user_errors: outcomes.into_iter().flat_map(Outcome::errors).collect() })
}

async fn split_team(ctx: &Context<'_>, input: TeamSplitInput) -> Result<TeamSplitPayload, Error> {
    let of = (input.id.to_string(), input.expected_version);
    let sent = InputType::to_value(&input);
    let splitting = Splitting { sent, of, parts: ("member_ids", texts(&input.member_ids)), key: input.idempotency_key };
    let outcome = edit::split::<Team, Member>(ctx, "team_split", splitting).await?;
    let (team, new_team) = (old(ctx, &outcome, &input.id).await?, written(ctx, &outcome).await?);
    Ok(TeamSplitPayload { team, new_team, user_errors: outcome.errors() })
}

async fn split_ward(ctx: &Context<'_>, input: WardSplitInput) -> Result<WardSplitPayload, Error> {
    let of = (input.id.to_string(), input.expected_version);
    let sent = InputType::to_value(&input);
    let splitting = Splitting { sent, of, parts: ("team_ids", texts(&input.team_ids)), key: input.idempotency_key };
    let outcome = edit::split::<Ward, Team>(ctx, "ward_split", splitting).await?;
    let (ward, new_ward) = (old(ctx, &outcome, &input.id).await?, written(ctx, &outcome).await?);
    Ok(WardSplitPayload { ward, new_ward, user_errors: outcome.errors() })
}

/// The row that was there before, if what was to be done to it was done.
async fn old<T: Record>(ctx: &Context<'_>, outcome: &Outcome, id: &ID) -> Result<Option<T>, Error> {
    match outcome.row() {
        Some(_) => row(ctx, NodeId::decode(id)?.row).await,
        None => Ok(None),
    }
}
