//! Data sets: how they are told apart and reached.

use super::table::table;

table!(dataset, key Slug, texts title, description);
