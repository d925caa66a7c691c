//! The types of the schema, one file each.

#![expect(clippy::too_many_arguments, reason = "a connection takes them all")]

mod access_log_entry;
mod award;
mod city;
mod counted;
mod dataset;
mod designation;
mod festival;
mod festival_guest;
mod former_city;
mod former_district;
mod former_ward;
mod indicator;
mod member;
mod movement_model;
mod observation;
mod organisation;
mod place;
mod source;
mod team;
mod ward;

pub use access_log_entry::AccessLogEntry;
pub use award::Award;
pub use city::City;
pub use dataset::Dataset;
pub use designation::{Designation, DesignationHolder};
pub use festival::Festival;
pub use festival_guest::FestivalGuest;
pub use former_city::FormerCity;
pub use former_district::FormerDistrict;
pub use former_ward::FormerWard;
pub use indicator::{Indicator, SERIES};
pub use member::Member;
pub use movement_model::MovementModel;
pub use observation::Observation;
pub use organisation::Organisation;
pub use place::Place;
pub use source::Source;
pub use team::Team;
pub use ward::Ward;
