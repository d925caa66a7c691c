//! A file that comes with an operation, beside its variables.

use std::{fmt, sync::Arc};

use async_graphql::{Context, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use tokio::sync::OwnedSemaphorePermit;

use crate::error::Error;

/// What stands in a variable in place of the file: whoever reads a request with a file puts it there.
pub const IN_PLACE: &str = "(the file of this request)";

/// The file of a request.
pub struct SentFile {
    /// What it is called.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Its place among the files that are there at once, for as long as anybody has it.
    pub place: OwnedSemaphorePermit,
}

impl fmt::Debug for SentFile {
    /// What is in it may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a file of {} bytes", self.bytes.len())
    }
}

/// A file, which is sent beside the operation.
#[derive(Clone, Copy, Debug)]
pub struct Upload;

/// A file that is sent beside the operation, as a part of a form (tệp tải lên). It is always a variable, which is null until the form puts the file there.
#[Scalar(name = "Upload", specified_by_url = "https://github.com/jaydenseric/graphql-multipart-request-spec")]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if text == IN_PLACE => Ok(Self),
            _ => Err(InputValueError::custom(
                "a file is sent as a part of a form (multipart/form-data), whose `map` names its variable",
            )),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(IN_PLACE.to_owned())
    }
}

impl Upload {
    /// The file that was sent.
    ///
    /// # Errors
    /// There is none.
    pub fn file(self, ctx: &Context<'_>) -> Result<Arc<SentFile>, Error> {
        let missing = || Error::BadInput("No file came with the request: send it as multipart/form-data.".to_owned());
        ctx.data_opt::<Arc<SentFile>>().cloned().ok_or_else(missing)
    }
}
