//! What is said of, and expected from, the members of archives, which are not trusted.

use std::path::{Component, Path};

use tar::EntryType;

/// So many characters of a name or reason are repeated in a message.
const TEXT_MAX: usize = 100;

/// `text` in one line that is not long.
pub(crate) fn plain(text: &str) -> String {
    text.escape_debug().take(TEXT_MAX).collect()
}

/// Refuses the path `name` of a member that leads out of the folder it is put into.
pub(crate) fn check_path(name: &Path) -> Result<(), String> {
    let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    let backslash = name.as_os_str().as_encoded_bytes().contains(&b'\\');
    if !backslash && name.components().all(inside) {
        return Ok(());
    }
    Err("the path leaves the archive's folder".to_owned())
}

/// Whether a member of a tar file that is of type `kind` is a file, rather than a folder or a remark; or why it is
/// refused.
pub(crate) fn is_file(kind: EntryType) -> Result<bool, String> {
    match kind {
        EntryType::Directory | EntryType::XGlobalHeader => Ok(false),
        EntryType::Regular => Ok(true),
        EntryType::Link | EntryType::Symlink => Err("is a link".to_owned()),
        other => Err(format!("is of the special type {other:?}")),
    }
}
