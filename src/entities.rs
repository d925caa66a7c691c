//! One file a table: its columns and nothing else. What they mean is said where they are served, in `api/types`.
#![expect(missing_docs, reason = "columns are described by the schema that serves them")]

pub mod access_log;
pub mod api_key;
pub mod api_key_place;
pub mod api_key_use;
pub mod award;
pub mod city;
pub mod dataset;
pub mod designation;
pub mod festival;
pub mod festival_guest;
pub mod festival_host;
pub mod festival_source;
pub mod former_city;
pub mod former_city_successor;
pub mod former_district;
pub mod former_ward;
pub mod former_ward_successor;
pub mod indicator;
pub mod member;
pub mod movement_model;
pub mod observation;
pub mod organisation;
pub mod source;
pub mod team;
pub mod ward;
