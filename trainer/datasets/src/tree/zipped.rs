//! Where the members of a zip archive are.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::{FILES_MAX, Refusal};
use crate::member::{check_path, plain};

pub(super) type Zip = ZipArchive<BufReader<File>>;

/// Opens the zip archive `file`; its members by path, each with its number.
pub(super) fn open(file: File) -> Result<(Zip, Vec<(String, usize)>), Refusal> {
    let broken = |error: ZipError| Refusal::broken("zip", &error.to_string());
    let archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    let form = |what: &str| Refusal::Form(what.to_owned(), String::new());
    if archive.has_duplicate_names() {
        return Err(form("holds a name twice"));
    }
    if archive.len() > FILES_MAX {
        return Err(form("holds too many files"));
    }
    let mut places = Vec::new();
    let metadata = archive.metadata();
    for index in 0..metadata.len() {
        let entry = metadata.entry(index).map_err(broken)?;
        let name = entry.name().map_err(broken)?;
        let refuse = |reason: String| Refusal::Member(plain(&name), reason);
        check_path(Path::new(&*name)).map_err(refuse)?;
        if entry.is_symlink() {
            return Err(refuse("is a link".to_owned()));
        }
        if !name.ends_with('/') {
            places.push((name.strip_prefix("./").unwrap_or(&name).to_owned(), index));
        }
    }
    Ok((archive, places))
}
