//! Indicators: how they are told apart and reached.

use super::table::table;

table!(indicator, key Code, texts name_vi, name_en, unit);
