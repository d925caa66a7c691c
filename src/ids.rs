//! Identity as clients see it: an opaque text that names one row of one table.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::error::{Error, shown};

/// One row of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeId {
    /// The table's name.
    pub table: String,
    /// The row's id.
    pub row: i64,
}

impl NodeId {
    /// The id as clients see it: base64url of `table:row`. Opaque by contract.
    pub fn encode(table: &str, row: i64) -> String {
        URL_SAFE_NO_PAD.encode(format!("{table}:{row}"))
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// [`Error::BadInput`] for anything else.
    pub fn decode(id: &str) -> Result<Self, Error> {
        Self::parse(id).ok_or_else(|| Self::refuse(id))
    }

    /// The error for an id that names nothing here.
    pub fn refuse(id: &str) -> Error {
        Error::BadInput(format!("\"{}\" is not an id that this API gave.", shown(id)))
    }

    fn parse(id: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
        let (table, row) = text.split_once(':')?;
        let row: i64 = row.parse().ok().filter(|row| *row > 0)?;
        let node = Self { table: table.to_owned(), row };
        // One row has one id: `+1`, `01` and the like are refused.
        (Self::encode(&node.table, node.row) == id).then_some(node)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_id_reads_back(table in "[a-z_]{1,20}", row in 1..=i64::MAX) {
            let node = NodeId::decode(&NodeId::encode(&table, row)).unwrap();
            prop_assert_eq!(node, NodeId { table, row });
        }

        #[test]
        fn anything_else_is_refused_without_panic(text in ".{0,80}") {
            if let Ok(node) = NodeId::decode(&text) {
                prop_assert_eq!(NodeId::encode(&node.table, node.row), text);
            }
        }
    }
}
