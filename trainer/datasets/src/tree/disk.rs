//! The files below a folder. It is the user's own, so links in it are followed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::{FILES_MAX, Place, Refusal};

/// Folders are not nested deeper; a link that leads back to a folder above it ends here.
const DEPTH_MAX: usize = 16;

/// The files below `root` by their paths within it; hidden ones, whose names begin with a dot, are passed over.
pub(super) fn files(root: &Path) -> Result<BTreeMap<String, Place>, Refusal> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(String::new(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let shown = format!("{folder}{}", entry.file_name().to_string_lossy());
                return Err(Refusal::Member(shown, "has a name that is not UTF-8".to_owned()));
            };
            let (path, inner) = (entry.path(), format!("{folder}{name}"));
            if name.starts_with('.') {
                continue;
            }
            let kind = match fs::metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(Refusal::Member(inner, "is a link that leads nowhere".to_owned()));
                }
                kind => kind?,
            };
            if kind.is_dir() {
                if depth == DEPTH_MAX {
                    let reason = "is nested too deep; does a link lead back to a folder above it?";
                    return Err(Refusal::Member(inner, reason.to_owned()));
                }
                folders.push((format!("{inner}/"), depth + 1));
            } else {
                files.insert(inner, Place::Disk(path));
            }
            if files.len() > FILES_MAX {
                let reason = format!("has more than {FILES_MAX} files");
                return Err(Refusal::Member(folder, reason));
            }
        }
    }
    Ok(files)
}
