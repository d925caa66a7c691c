//! Trusted documents: chosen by whoever runs the server, read and checked when it starts.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::documents::sha256;
use crate::{
    api::{Api, Document},
    limits::DocumentLimits,
};

/// How the names of files end that are documents.
const EXTENSION: &str = "graphql";
/// What an identifier begins with that has to be the hash of its text.
const SHA256_ID: &str = "sha256:";

/// Documents by their identifiers and by the SHA-256 of their texts. Clones share them.
#[derive(Clone, Debug)]
pub struct TrustedDocuments(Arc<HashMap<String, Arc<Document>>>);

/// Why documents cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub enum TrustedError {
    /// The path cannot be read.
    #[error("trusted documents: cannot read {}: {error}", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The manifest is not JSON.
    #[error("trusted documents: {} is not JSON: {error}", .path.display())]
    Json {
        /// The manifest.
        path: PathBuf,
        /// Where it is not.
        error: serde_json::Error,
    },
    /// The manifest is JSON, and of no known form.
    #[error(
        "trusted documents: {} is neither an object of texts by their ids nor a manifest of Apollo's persisted queries, version 1",
        .path.display()
    )]
    Form {
        /// The manifest.
        path: PathBuf,
    },
    /// There is none.
    #[error("trusted documents: there is none in {}", .path.display())]
    Empty {
        /// The manifest or folder.
        path: PathBuf,
    },
    /// Two texts have the same identifier, or one has an identifier that is the hash of another.
    #[error("trusted documents: two documents have the id {id}")]
    Twice {
        /// The identifier.
        id: String,
    },
    /// The identifier says which hash the text has, and it has another.
    #[error("trusted documents: {id} is not the hash of its text, which is sha256:{hash}")]
    Hash {
        /// The identifier.
        id: String,
        /// The hash of the text.
        hash: String,
    },
    /// The document could never be run.
    #[error("trusted documents: {id}: {message}")]
    Document {
        /// The identifier.
        id: String,
        /// What is wrong with the text.
        message: String,
    },
}

impl TrustedDocuments {
    /// Reads the `.graphql` files of a folder, whose names without the ending are their identifiers, or a manifest: an object
    /// of texts by their identifiers, as Relay and graphql-codegen write it, or Apollo's. Each has to be within `limits` and
    /// valid.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub async fn read(path: &Path, limits: &DocumentLimits) -> Result<Self, TrustedError> {
        let texts = if path.is_dir() { of_folder(path)? } else { of_manifest(path)? };
        if texts.is_empty() {
            return Err(TrustedError::Empty { path: path.to_owned() });
        }
        let api = Api::default();
        let mut documents = HashMap::new();
        for (id, text) in texts {
            let hash = sha256(&text);
            let name = match id.strip_prefix(SHA256_ID) {
                Some(given) if given != hash => return Err(TrustedError::Hash { id, hash }),
                Some(given) => given.to_owned(),
                None => id.clone(),
            };
            let wrong = |message| TrustedError::Document { id, message };
            let document = match Document::parse(text, limits) {
                Ok(document) => Arc::new(document),
                Err(refusal) => return Err(wrong(refusal.to_string())),
            };
            api.validate(&document).await.map_err(wrong)?;
            for name in [name, hash] {
                add(&mut documents, name, &document)?;
            }
        }
        Ok(Self(Arc::new(documents)))
    }

    /// The document of this identifier, or of this hash.
    pub(super) fn get(&self, name: &str) -> Option<Arc<Document>> {
        self.0.get(name).cloned()
    }
}

fn add(
    documents: &mut HashMap<String, Arc<Document>>,
    name: String,
    document: &Arc<Document>,
) -> Result<(), TrustedError> {
    match documents.get(&name) {
        Some(other) if other.text() != document.text() => Err(TrustedError::Twice { id: name }),
        Some(_) => Ok(()),
        None => {
            documents.insert(name, document.clone());
            Ok(())
        }
    }
}

/// The texts of the files, in the order of their names. Ends of lines at the end of a file are not part of its text: editors
/// add them, and clients that hash what they send do not.
fn of_folder(folder: &Path) -> Result<Vec<(String, String)>, TrustedError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        |error| TrustedError::Read { path, error }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            files.push(path);
        }
    }
    files.sort();
    let text = |path: PathBuf| {
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).map_err(failed(&path))?;
        Ok((id, text.trim_end_matches(['\n', '\r']).to_owned()))
    };
    files.into_iter().map(text).collect()
}

fn of_manifest(path: &Path) -> Result<Vec<(String, String)>, TrustedError> {
    let bytes = fs::read(path).map_err(|error| TrustedError::Read { path: path.to_owned(), error })?;
    let manifest: Map<String, Value> =
        serde_json::from_slice(&bytes).map_err(|error| TrustedError::Json { path: path.to_owned(), error })?;
    let texts = if manifest.contains_key("operations") { of_apollo(manifest) } else { by_id(manifest) };
    texts.ok_or_else(|| TrustedError::Form { path: path.to_owned() })
}

/// An object of texts.
fn by_id(manifest: Map<String, Value>) -> Option<Vec<(String, String)>> {
    let text = |(id, text)| match text {
        Value::String(text) => Some((id, text)),
        _ => None,
    };
    manifest.into_iter().map(text).collect()
}

/// A manifest as Apollo's tools write it.
fn of_apollo(manifest: Map<String, Value>) -> Option<Vec<(String, String)>> {
    #[derive(Deserialize)]
    struct Manifest {
        format: String,
        version: u32,
        operations: Vec<Operation>,
    }
    #[derive(Deserialize)]
    struct Operation {
        id: String,
        body: String,
    }
    let manifest: Manifest = serde_json::from_value(Value::Object(manifest)).ok()?;
    let known = manifest.format == "apollo-persisted-query-manifest" && manifest.version == 1;
    known.then(|| manifest.operations.into_iter().map(|operation| (operation.id, operation.body)).collect())
}
