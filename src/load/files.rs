//! Where the reference data is read from: the files built into the program, or a folder like them.

use std::{borrow::Cow, path::PathBuf};

use super::sheet::{BadData, Sheet};

/// Declares the files that are built in.
macro_rules! built_in {
    ($($name:literal,)+) => {
        const BUILT_IN: &[(&str, &[u8])] = &[$(($name, include_bytes!(concat!("../../data/", $name)))),+];
    };
}

built_in! {
    "cities.csv", "wards.csv", "former_cities.csv", "former_districts.csv", "former_wards.csv",
    "sources.csv", "organisations.csv", "festivals.csv", "festival_guests.csv", "awards.csv",
    "models.csv", "designations.csv", "indicators.csv", "observations.csv",
}

/// How many files there are.
pub const COUNT: usize = BUILT_IN.len();

/// The files to load.
#[derive(Debug, Clone)]
pub enum Files {
    /// Those built into the program.
    BuiltIn,
    /// Those of a folder, under the same names.
    Folder(PathBuf),
}

impl Files {
    /// Reads one file with just these columns.
    ///
    /// # Errors
    /// The file is not there, or is not such a table.
    pub fn sheet(&self, file: &'static str, columns: &[&str]) -> Result<Sheet, BadData> {
        Sheet::parse(file, &self.bytes(file)?, columns)
    }

    fn bytes(&self, file: &'static str) -> Result<Cow<'static, [u8]>, BadData> {
        let missing = |reason: String| BadData { file: file.to_owned(), line: 0, column: String::new(), reason };
        match self {
            Self::BuiltIn => {
                let found = BUILT_IN.iter().find(|(name, _)| *name == file);
                found.map(|(_, bytes)| Cow::Borrowed(*bytes)).ok_or_else(|| missing("not built in".to_owned()))
            }
            Self::Folder(folder) => {
                let path = folder.join(file);
                std::fs::read(&path).map(Cow::Owned).map_err(|error| missing(format!("{}: {error}", path.display())))
            }
        }
    }
}
