//! The entrance: lists of everything, and look-ups by key or id.

#![expect(clippy::too_many_arguments, reason = "a connection takes them all")]

use std::{collections::HashMap, sync::LazyLock};

use async_graphql::{Context, ID, Object};
use futures_util::future::join_all;
use sea_orm::IdenStatic;

use super::{
    changes::{ChangePage, ChangeType, changes},
    connection::Connection,
    context::{by_key, by_part},
    history::{History, of_id as history},
    input::{Filter, Order},
    me::{Me, me},
    moments,
    node::{MAX_IDS, Node, node},
    object::Record,
    plan::{Entrance, camel_case},
    resolve::{PlaceResolution, resolve_place},
    search::{SearchResult, SearchType, search},
    service_config::{ServiceConfig, service_config},
    types::{
        AccessLogEntry, Award, City, Dataset, Designation, Festival, FormerCity, FormerDistrict, FormerWard, Indicator,
        Member, MovementModel, Observation, Organisation, Source, Team, Ward,
    },
};
use crate::{
    domain::Date,
    error::Error,
    store::{Keyed, PageArgs, Scope},
};

/// Declares root fields: lists of all rows of a type, and look-ups by its natural key. Those with `[as_of]` take a day, and then
/// read the register as it stood then.
macro_rules! query {
    (
        lists { $($(#[$list_doc:meta])* $list:ident: $list_type:ident $([$list_day:ident])?,)* }
        keys { $($(#[$key_doc:meta])* $field:ident($key:ident $key_desc:literal): $key_type:ident $([$key_day:ident])?,)* }
        fields { $($field_tokens:tt)* }
    ) => {
        /// The entrance to the register.
        #[derive(Debug)]
        pub struct Query;

        impl Query {
            /// What a plan knows of the entrance; fields that are not here are not planned.
            pub fn entrances() -> &'static HashMap<String, Entrance> {
                static ENTRANCES: LazyLock<HashMap<String, Entrance>> = LazyLock::new(|| {
                    let entrances = [
                        $((stringify!($list), Entrance::List($list_type::shape)),)*
                        $((
                            stringify!($field),
                            Entrance::Key(stringify!($key), <<$key_type as Record>::Table as Keyed>::KEY.as_str(), $key_type::shape),
                        ),)*
                    ];
                    entrances.into_iter().map(|(name, entrance)| (camel_case(name), entrance)).collect()
                });
                &ENTRANCES
            }
        }

        /// The register of the movement "toàn dân bảo vệ an ninh Tổ quốc": places, teams, festivals, awards, and every published figure with its source.
        #[Object]
        impl Query {
            $($(#[$list_doc])* async fn $list(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "At most so many rows, from the front of the list. 20 when neither `first` nor `last` is given; at most 200 (số dòng đầu).")]
                first: Option<i32>,
                #[graphql(desc = "Only rows behind the one with this cursor (sau con trỏ).")] after: Option<String>,
                #[graphql(desc = "At most so many rows, from the back of the list; at most 200 (số dòng cuối).")] last: Option<i32>,
                #[graphql(desc = "Only rows before the one with this cursor (trước con trỏ).")] before: Option<String>,
                #[graphql(desc = "Which rows to keep; all if it is left out (điều kiện lọc).")] filter: Option<Filter<$list_type>>,
                #[graphql(desc = "What to order by: by the first of these, among equals by the second, and so on; the id decides at last. At most 8 (sắp xếp).")] order_by: Option<Vec<Order<$list_type>>>,
                $(#[graphql(desc = "The register as it stood at the end of this day in Vietnam: this field and all that is below it. Now if it is left out; today is the same (tại ngày).")] $list_day: Option<Date>,)?
            ) -> Result<Connection<$list_type>, Error> {
                $(moments::as_of(ctx, $list_day).await?;)?
                let page = PageArgs { first, after, last, before, ..Default::default() };
                Connection::try_new(ctx, Scope::All, page, filter, order_by)
            })*

            $($(#[$key_doc])* async fn $field(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = $key_desc)] $key: String,
                $(#[graphql(desc = "The register as it stood at the end of this day in Vietnam: this field and all that is below it. Now if it is left out; today is the same (tại ngày).")] $key_day: Option<Date>,)?
            ) -> Option<Result<$key_type, Error>> {
                $(if let Err(error) = moments::as_of(ctx, $key_day).await {
                    return Some(Err(error));
                })?
                Some(by_key(ctx, $key).await)
            })*

            $($field_tokens)*
        }
    };
}

query! {
    lists {
        /// The cities and provinces of the country, 34 since 2025-07-01 (tỉnh, thành phố).
        cities: City [as_of],
        /// The wards, communes and special zones of the country, 3,321 since 2025-07-01 (phường, xã, đặc khu).
        wards: Ward [as_of],
        /// The cities and provinces as they were before 2025-07-01 (tỉnh, thành phố trước sáp nhập).
        former_cities: FormerCity [as_of],
        /// The districts as they were before 2025-07-01 (quận, huyện trước đây).
        former_districts: FormerDistrict [as_of],
        /// The wards as they were before 2025-07-01 (phường, xã, thị trấn trước sắp xếp).
        former_wards: FormerWard [as_of],
        /// The grassroots security teams (tổ bảo vệ an ninh, trật tự).
        teams: Team [as_of],
        /// The members of all teams (thành viên).
        members: Member [as_of],
        /// The festivals and anniversaries, newest first (ngày hội).
        festivals: Festival,
        /// The awards given at festivals (khen thưởng).
        awards: Award,
        /// The models of the movement (mô hình).
        movement_models: MovementModel,
        /// The titles held by wards, former wards and organisations (danh hiệu).
        designations: Designation,
        /// The organisations (cơ quan, tổ chức).
        organisations: Organisation,
        /// What the published figures measure (chỉ tiêu).
        indicators: Indicator,
        /// Every published figure (số liệu công bố).
        observations: Observation,
        /// The reports behind the figures, festivals and awards (nguồn).
        sources: Source,
        /// Where the rows of the register came from, and which are invented (bộ dữ liệu).
        datasets: Dataset,
        /// The answers that showed personal data, newest first: to whom, which, and what for (nhật ký truy cập dữ liệu cá nhân). With the scope `admin` only; empty for everyone else.
        access_log: AccessLogEntry,
    }
    keys {
        /// The city or province with this code (tỉnh, thành phố). Error `NOT_FOUND` when there is none.
        city(code "The code of the General Statistics Office (mã GSO): two digits, such as `92` for Cần Thơ."): City [as_of],
        /// The ward with this code (phường, xã, đặc khu). Error `NOT_FOUND` when there is none.
        ward(code "The code of the General Statistics Office (mã GSO): five digits, such as `31510` for Phường Phú Lợi."): Ward [as_of],
        /// The former city or province with this code (tỉnh, thành phố trước sáp nhập). Error `NOT_FOUND` when there is none.
        former_city(code "Its code of the General Statistics Office (mã GSO): two digits, such as `94` for Tỉnh Sóc Trăng."): FormerCity [as_of],
        /// The former district with this code (quận, huyện trước đây). Error `NOT_FOUND` when there is none.
        former_district(code "Its code of the General Statistics Office (mã GSO): three digits, such as `916` for Quận Ninh Kiều."): FormerDistrict [as_of],
        /// The former ward with this code (phường, xã, thị trấn trước sắp xếp). Error `NOT_FOUND` when there is none.
        former_ward(code "Its code of the General Statistics Office (mã GSO): five digits, such as `31120` for Phường An Hòa."): FormerWard [as_of],
        /// The festival with this slug (ngày hội). Error `NOT_FOUND` when there is none.
        festival(slug "Its short name (tên rút gọn), such as `can-tho-2022`."): Festival,
        /// The model with this slug (mô hình). Error `NOT_FOUND` when there is none.
        movement_model(slug "Its short name (tên rút gọn), such as `mo-hinh-4-1`."): MovementModel,
        /// The organisation with this slug (cơ quan, tổ chức). Error `NOT_FOUND` when there is none.
        organisation(slug "Its short name (tên rút gọn), such as `cong-an-tp-can-tho`."): Organisation,
        /// The indicator with this code (chỉ tiêu). Error `NOT_FOUND` when there is none.
        indicator(code "Its short name in capitals (mã chỉ tiêu), such as `TEAMS`."): Indicator,
        /// The source with this slug (nguồn). Error `NOT_FOUND` when there is none.
        source(slug "Its short name (tên rút gọn), such as `festival-cantho-2022`."): Source,
        /// The data set with this slug (bộ dữ liệu). Error `NOT_FOUND` when there is none.
        dataset(slug "Its short name (tên rút gọn), such as `demo`."): Dataset,
    }
    fields {
        /// What became of the rows of the register since a token, in an order in which nothing is skipped: for whoever keeps a copy (dòng thay đổi). To begin: ask without `after` for the present token, copy the lists, then follow from that token. Error `GAP` when the changes behind the token are no longer kept.
        async fn changes(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Changes behind this token. Without it none are answered, only the present token (sau vị trí).")] after: Option<String>,
            #[graphql(desc = "Of rows of these types only (loại đối tượng).")] types: Option<Vec<ChangeType>>,
            #[graphql(desc = "At most so many changes: 100 if it is left out, at most 500 (số thay đổi tối đa).")] first: Option<i32>,
        ) -> Result<ChangePage, Error> {
            changes(ctx, after, types, first).await
        }

        /// The changes of a row, the newest first, though the row may be gone: what it was, what it became, when, and through which key (lịch sử thay đổi). Needs the scope `registry:write`.
        async fn history(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The id of the row (mã định danh).")] id: ID,
            #[graphql(desc = "At most so many changes: 20 if it is left out, at most 100 (số thay đổi tối đa).")] first: Option<i32>,
            #[graphql(desc = "Only older ones: `older` of the page before (trước vị trí).")] before: Option<String>,
        ) -> Result<History, Error> {
            history(ctx, &id, first, before).await
        }

        /// Who you are to this API, what you may do and until when (bạn là ai, được làm gì).
        async fn me(&self, ctx: &Context<'_>) -> Me {
            me(ctx)
        }

        /// The team with this code in this ward (tổ bảo vệ an ninh, trật tự). Error `NOT_FOUND` when there is no such ward, or no such team in it.
        async fn team(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The ward's code of the General Statistics Office (mã GSO), such as `31120`.")] ward_code: String,
            #[graphql(desc = "The team's number within the ward (mã tổ), such as `07`.")] code: String,
            #[graphql(desc = "The register as it stood at the end of this day in Vietnam: this field and all that is below it. Now if it is left out; today is the same (tại ngày).")]
            as_of: Option<Date>,
        ) -> Option<Result<Team, Error>> {
            if let Err(error) = moments::as_of(ctx, as_of).await {
                return Some(Err(error));
            }
            match by_key::<Ward>(ctx, ward_code).await {
                Ok(ward) => Some(by_part(ctx, ward.0.id, code).await),
                Err(error) => Some(Err(error)),
            }
        }

        /// What has these words in its name (tìm kiếm): as `matches` finds it, the best first. Type as you like, `ninh kieu`, `P. An Hoà`, `can tho`: capitals, tones and the kind of unit do not matter. Of each type the first 10000 hits are looked at, in the order of entry.
        async fn search(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "What to look for: at most 200 characters. The last word may be only begun (từ khóa).")] query: String,
            #[graphql(desc = "What it may be; anything if it is left out (các loại).")] types: Option<Vec<SearchType>>,
            #[graphql(desc = "At most so many hits; at most 200 (số kết quả).", default = 20)] first: i32,
        ) -> Result<SearchResult, Error> {
            search(ctx, &query, types, first).await
        }

        /// The present units for the place that an address names, as old or as partial as it may be (tra cứu địa danh cũ): `An Hòa, Ninh Kiều, Cần Thơ`, `xã Phú Lợi`. It never chooses between several: `status` says whether there is one answer.
        async fn resolve_place(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The address, from the smallest unit to the largest, with commas between them: at most 200 characters (địa chỉ).")] text: String,
            #[graphql(desc = "The day on which it was written: before 2025-07-01 only former units are meant, from then on only present ones; both if it is left out (ngày ghi địa chỉ).")] on: Option<Date>,
        ) -> Result<PlaceResolution, Error> {
            resolve_place(ctx, &text, on).await
        }

        /// How the service is set up: its version, and every limit that a request may meet (cấu hình dịch vụ).
        async fn service_config(&self, ctx: &Context<'_>) -> ServiceConfig {
            service_config(ctx)
        }

        /// The object with this id; null when it is gone. Error `BAD_USER_INPUT` for an id that this API did not give (đối tượng theo mã).
        async fn node(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "An id, as any object's `id` gives it (mã định danh).")] id: ID,
            #[graphql(desc = "The register as it stood at the end of this day in Vietnam: this field and all that is below it. Now if it is left out; today is the same (tại ngày).")]
            as_of: Option<Date>,
        ) -> Option<Result<Node, Error>> {
            match moments::as_of(ctx, as_of).await {
                Ok(()) => node(ctx, &id).await.transpose(),
                Err(error) => Some(Err(error)),
            }
        }

        /// The objects with these ids, in the same order; null for each that is gone, and for each that this API did not give, which is an error too (các đối tượng theo mã).
        async fn nodes(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Ids, as objects' `id` gives them: at most 200 (các mã định danh).")] ids: Vec<ID>,
        ) -> Result<Vec<Option<Result<Node, Error>>>, Error> {
            if ids.len() > MAX_IDS {
                return Err(Error::TooManyIds { max: MAX_IDS, actual: ids.len() });
            }
            Ok(join_all(ids.iter().map(async |id| node(ctx, id).await.transpose())).await)
        }
    }
}
