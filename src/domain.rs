//! The values of the domain that columns and schema share. The closed lists are here: each is a text column with a named
//! check in the database, and an enum in the schema.

mod column;
mod datum;
pub mod people;
mod refusal;
mod scalars;

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};

pub use column::{Kind, Stored};
pub use datum::{Datum, Ordered};
pub use refusal::RefusalCode;
pub use scalars::{Date, DateBound, DateTime, Number, PartialDate, after, beginning_of, day_of, end_of, today};

/// Declares enums that are stored as the text of their GraphQL values.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, EnumIter, DeriveActiveEnum)]
        #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$value_doc])* $value,)+ }

        impl Stored for $name {
            const KIND: Kind = Kind::Text;
            type Given = Self;

            fn datum(given: Self) -> Datum {
                Datum::Text(sea_orm::ActiveEnum::to_value(&given))
            }
        }
    )+};
}

kinds! {
    /// What kind of first-level unit a city or province is (loại đơn vị cấp tỉnh).
    CityKind {
        /// Centrally run city (thành phố trực thuộc trung ương).
        City,
        /// Province (tỉnh).
        Province,
    }
    /// What kind of unit a present ward is. Since 2025-07-01 wards stand directly below the city or province (loại đơn vị cấp xã).
    WardKind {
        /// Urban ward (phường).
        Ward,
        /// Rural commune (xã).
        Commune,
        /// Special zone, an island (đặc khu).
        SpecialZone,
    }
    /// What kind of unit a district was. Districts were abolished on 2025-07-01 (loại đơn vị cấp huyện).
    FormerDistrictKind {
        /// Urban district (quận).
        UrbanDistrict,
        /// Rural district (huyện).
        RuralDistrict,
        /// City within a province (thành phố thuộc tỉnh).
        DistrictCity,
        /// Town (thị xã).
        Town,
    }
    /// What kind of unit a former ward was (loại đơn vị cấp xã trước đây).
    FormerWardKind {
        /// Urban ward (phường).
        Ward,
        /// Rural commune (xã).
        Commune,
        /// Township (thị trấn).
        Township,
    }
    /// What kind of body an organisation is (loại tổ chức).
    OrganisationKind {
        /// Ministry (bộ).
        Ministry,
        /// Department of a ministry (cục thuộc bộ).
        MinistryDepartment,
        /// People's council (hội đồng nhân dân).
        PeoplesCouncil,
        /// People's committee (ủy ban nhân dân).
        PeoplesCommittee,
        /// Police (công an).
        Police,
        /// Steering committee (ban chỉ đạo).
        SteeringCommittee,
        /// University (đại học).
        University,
    }
    /// Whether a team is at work (tình trạng của tổ).
    TeamStatus {
        /// At work (đang hoạt động).
        Active,
        /// Dissolved (đã giải thể).
        Dissolved,
    }
    /// A member's part in the team (chức danh).
    MemberRole {
        /// Team leader (tổ trưởng).
        Leader,
        /// Deputy leader (tổ phó).
        Deputy,
        /// Team member (tổ viên).
        Member,
    }
    /// A member's gender, as registered (giới tính).
    Gender {
        /// Male (nam giới).
        Male,
        /// Female (nữ giới).
        Female,
    }
    /// Whether a member serves (tình trạng của thành viên).
    MemberStatus {
        /// Serving (đang tham gia).
        Active,
        /// Has left (đã thôi tham gia).
        Left,
    }
    /// What kind of gathering was held (loại sự kiện).
    FestivalKind {
        /// Festival of all people protecting national security (ngày hội toàn dân bảo vệ an ninh Tổ quốc).
        Festival,
        /// Anniversary of the movement (lễ kỷ niệm).
        Anniversary,
    }
    /// A guest's part in a festival (vai trò của đại biểu).
    GuestRole {
        /// Spoke (phát biểu).
        Speaker,
        /// Presented awards (trao thưởng).
        Presenter,
        /// Hosted (chủ trì).
        Host,
    }
    /// What was given (hình thức khen thưởng).
    AwardKind {
        /// Commemorative medal (kỷ niệm chương).
        CommemorativeMedal,
        /// Certificate of merit (bằng khen).
        CertificateOfMerit,
        /// Commendation (giấy khen).
        Commendation,
        /// Gift (phần quà).
        Gift,
    }
    /// Who was honoured (loại đối tượng được khen).
    RecipientKind {
        /// One or more persons (cá nhân).
        Individual,
        /// One or more groups or bodies (tập thể).
        Collective,
        /// One or more households (hộ gia đình).
        Household,
        /// Persons and groups together, not told apart by the report (cá nhân và tập thể).
        Mixed,
    }
    /// What a model of the movement is about (lĩnh vực của mô hình).
    ModelTopic {
        /// Crime prevention (phòng, chống tội phạm).
        CrimePrevention,
        /// Crime prevention among the Khmer community (vùng đồng bào Khmer).
        CrimePreventionKhmerCommunity,
        /// Crime prevention with religious communities (tôn giáo).
        CrimePreventionReligion,
        /// Crime prevention in schools (trường học).
        CrimePreventionSchool,
        /// Crime prevention with trade unions (nghiệp đoàn).
        CrimePreventionTradeUnion,
        /// Reporting of crime by the people (tố giác tội phạm).
        CrimeReporting,
        /// Drug prevention (phòng, chống ma túy).
        DrugPrevention,
        /// Neighbourhood watch (tự quản khu dân cư).
        NeighbourhoodWatch,
        /// Safe dormitories (ký túc xá an toàn).
        SafeDormitory,
        /// Security cameras (hệ thống camera an ninh).
        SurveillanceCamera,
    }
    /// How a published figure is to be read (mức độ chính xác).
    Qualifier {
        /// The figure itself (đúng).
        Exact,
        /// More than the figure (hơn).
        MoreThan,
        /// Less than the figure (dưới).
        LessThan,
        /// About the figure (khoảng).
        About,
    }
}
