//! The set-up of a restaurant as a TOML file: areas, tables, printers, policies and staff.

mod address;
mod form;
mod misfits;
mod policy;
mod printers;

use domain::StaffId;
use domain::catalog::{House, Role};
use serde::Deserialize;
use std::path::Path;

/// The largest set-up file that is opened.
const LARGEST_BYTES: u64 = 1024 * 1024;

/// A restaurant's set-up and its first staff.
#[derive(Clone, Debug, PartialEq)]
pub struct HouseFile {
    /// Areas, tables, printers and policies.
    pub house: House,
    /// Who works there.
    pub staff: Vec<StaffEntry>,
}

/// A member of staff as the file has them. The PIN is hashed before it is kept anywhere.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffEntry {
    /// Their code.
    pub id: StaffId,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// 4 to 8 digits.
    pub pin: String,
}

impl std::fmt::Debug for StaffEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let StaffEntry { id, name, role, pin: _ } = self;
        f.debug_struct("StaffEntry").field("id", id).field("name", name).field("role", role).finish_non_exhaustive()
    }
}

/// Why a set-up file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    /// The file can't be opened or read.
    #[error("the set-up file can't be read")]
    Io(#[from] std::io::Error),
    /// It is not TOML, or a field is missing, unknown or of the wrong type; the message names line and column.
    #[error("the set-up file can't be understood: {0}")]
    Form(String),
    /// It can be read, but doesn't fit together.
    #[error("the set-up doesn't fit together: {}", .0.join("; "))]
    Wrong(Vec<String>),
}

/// Reads a set-up file.
///
/// # Errors
/// When it can't be read, understood, or doesn't fit together; then every misfit is named.
pub fn read(path: &Path) -> Result<HouseFile, HouseError> {
    if std::fs::metadata(path)?.len() > LARGEST_BYTES {
        return Err(HouseError::Form("it is larger than 1 MB".into()));
    }
    parse(&std::fs::read_to_string(path)?)
}

/// Reads a set-up from text.
///
/// # Errors
/// As [`read`].
pub fn parse(text: &str) -> Result<HouseFile, HouseError> {
    let form: form::Form = toml::from_str(text).map_err(|e| HouseError::Form(e.to_string()))?;
    let file = form.file();
    let wrong = misfits::of(&file);
    if wrong.is_empty() { Ok(file) } else { Err(HouseError::Wrong(wrong)) }
}
