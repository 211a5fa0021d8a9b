//! Output folders that are ours, and those that are not.

use std::collections::BTreeMap;

use super::*;

/// The files in `folder`, hidden ones too, with their bytes.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

/// A folder with the files given, as name and text.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

const SETTINGS: (&str, &str) =
    ("settings.json", r#"{ "run": "0123456789ab", "command": "x", "revision": "y" }"#);
const PICTURE: &str = r#"<svg width="3" height="2" xmlns="x"><text font-family="Liberation Sans, Arial, Helvetica, sans-serif"/></svg>"#;

#[test]
fn a_new_and_an_empty_folder_are_taken_and_marked() {
    let empty = folder(&[]);
    for path in [empty.path().to_owned(), empty.path().join("new/deep")] {
        claim(&path).unwrap();
        assert!(path.join(MARKER).is_file());
    }
    // What somebody puts beside the marker later is theirs to keep there.
    fs::write(empty.path().join("notes.txt"), "mine").unwrap();
    claim(empty.path()).unwrap();
}

#[test]
fn an_older_folder_of_ours_is_recognised() {
    let epochs = crate::table::text::<EpochRow>(&[]);
    let selections = crate::table::text::<SelectionRow>(&[]);
    let ours = folder(&[
        ("epochs.csv", &epochs),
        ("selections.csv", &selections),
        ("coreset.csv", "index,weight\n3,1\n"),
        SETTINGS,
        ("model.safetensors", "\0\u{1}"),
        ("lock", ""),
        (".gitignore", "*"),
        ("figure1.svg", PICTURE),
        ("figure1.png", "\u{89}PNG"),
    ]);
    fs::create_dir_all(ours.path().join("runs/0123456789ab")).unwrap();
    claim(ours.path()).unwrap();
}

#[test]
fn files_of_others_are_refused_and_stay_as_they_are() {
    let foreign: [&[(&str, &str)]; 9] = [
        &[("notes.txt", "mine")],
        &[("epochs.csv", "my own table\n")],
        &[("runs.csv", "date,distance\n")],
        &[("model.safetensors", "my own weights")],
        &[("settings.json", "{}")],
        &[SETTINGS, ("thesis.safetensors", "my own weights")],
        &[("figure1.svg", "<svg xmlns='x'/>")],
        &[("figure1.png", "\u{89}PNG")],
        &[("settings.json", "{}"), ("lock", "")],
    ];
    for files in foreign {
        let folder = folder(files);
        let before = content(folder.path());
        let message = claim(folder.path()).unwrap_err().to_string();
        assert!(message.contains("no swast command made"), "{message}");
        assert!(message.contains("--out"), "{message}");
        assert_eq!(content(folder.path()), before);
    }
}

#[test]
fn folders_of_others_are_refused() {
    for inner in ["runs/monday", "photos"] {
        let folder = folder(&[]);
        fs::create_dir_all(folder.path().join(inner)).unwrap();
        assert!(matches!(claim(folder.path()), Err(FolderError::Foreign { .. })), "{inner}");
    }
}

#[test]
fn a_place_that_cannot_be_written_to_is_named_with_a_cure() {
    let file = folder(&[("file", "")]);
    for path in [file.path().join("file"), file.path().join("file/below")] {
        let message = claim(&path).unwrap_err().to_string();
        assert!(message.ends_with("; choose another --out"), "{message}");
        assert!(message.starts_with(&path.display().to_string()), "{message}");
    }
}
