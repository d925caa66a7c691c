//! Rosters as clerks keep them: a workbook of Excel or a CSV file, read into lines with every problem by sheet, row and column.
//!
//! Nothing here knows the register: what a line means there, and what is to be written, is for `store::roster` to say.

mod cells;
mod dates;
mod file;
mod headings;
mod lines;
mod problem;
mod template;

pub use file::{FileError, MAX_BYTES, MAX_ROWS, MAX_UNPACKED};
pub use headings::Column;
pub use lines::{Line, Roster, read};
pub use problem::{At, MAX_LISTED, Problem, ProblemCode, Problems, Severity, nearest};
pub use template::{Entry, TeamChoice, filled, template};

pub(crate) use cells::titled;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::fuzzing;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        /// What is promised of whatever is fuzzed, of lines made up by chance.
        #[test]
        fn lines_are_read_or_complained_of(
            cells in proptest::collection::vec(
                prop_oneof!["\\PC{0,12}", "\\p{L}{1,9} \\p{L}{1,9}", "[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", "0[0-9]{8,12}", "Nam|Nữ"],
                0..40,
            ),
        ) {
            let rows: Vec<String> = cells.chunks(6).map(|row| row.join(";")).collect();
            let file = format!("Mã tổ;Họ và tên;Ngày sinh;Giới tính;SĐT;CCCD\n{}\n", rows.join("\n"));
            fuzzing::roster(file.as_bytes());
        }
    }
}
