//! What is in the way of what is to be written stays as it is.

use super::*;

/// What `folder` holds: names and, of files, content.
fn state(folder: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut state: Vec<_> = entries.map(|path| (path.clone(), fs::read(path).ok())).collect();
    state.sort();
    state
}

fn refuse(error: &DatasetError, path: &Path) {
    assert!(matches!(error, DatasetError::Exists { .. }), "{error}");
    let start = format!("{}: exists already; remove it or choose another --out", path.display());
    assert_eq!(error.to_string(), start);
}

#[test]
fn archives_of_others_are_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let here = |name: &str| folder.path().join(name);
    write(&CIFAR10, &synthesise(8, 11, 4), &here("own.tgz")).unwrap();
    fs::write(here("notes.tar.gz"), "my notes").unwrap();
    // As long as what would be written, to the byte.
    let mut near = fs::read(here("own.tgz")).unwrap();
    *near.last_mut().unwrap() ^= 1;
    fs::write(here("near.tgz"), near).unwrap();
    fs::create_dir(here("folder.tgz")).unwrap();
    std::os::unix::fs::symlink("nowhere", here("link.tgz")).unwrap();
    std::os::unix::fs::symlink("own.tgz", here("other.tgz")).unwrap();
    let before = state(folder.path());
    for name in ["notes.tar.gz", "near.tgz", "folder.tgz", "link.tgz", "other.tgz"] {
        let path = here(name);
        refuse(&write(&CIFAR10, &synthesise(8, 11, 4), &path).unwrap_err(), &path);
    }
    let other = write(&CIFAR10, &synthesise(9, 11, 4), &here("own.tgz")).unwrap_err();
    refuse(&other, &here("own.tgz"));
    // The same again is there already.
    assert_eq!(write(&CIFAR10, &synthesise(8, 11, 4), &here("own.tgz")).unwrap(), here("own.tgz"));
    assert_eq!(state(folder.path()), before);
}

#[test]
fn folders_and_files_in_the_way_are_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let here = |name: &str| folder.path().join(name);
    let (_source, archive) = place(&gzip(&tar_bytes(&good())));
    fs::write(here("file"), "mine").unwrap();
    std::os::unix::fs::symlink("nowhere", here("link")).unwrap();
    for name in ["file", "link"] {
        refuse(&unpack(&TINY, &archive, &here(name)).unwrap_err(), &here(name));
        refuse(&write(&CIFAR10, &synthesise(0, 5, 1), &here(name)).unwrap_err(), &here(name));
    }
    let target = here("cifar-10-batches-bin");
    std::os::unix::fs::symlink("nowhere", &target).unwrap();
    let before = state(folder.path());
    refuse(&unpack(&TINY, &archive, folder.path()).unwrap_err(), &target);
    fs::remove_file(&target).unwrap();
    fs::create_dir(&target).unwrap();
    fs::write(target.join("data_batch_1.bin"), "mine").unwrap();
    refuse(&unpack(&TINY, &archive, folder.path()).unwrap_err(), &target);
    assert_eq!(fs::read_to_string(target.join("data_batch_1.bin")).unwrap(), "mine");
    assert_eq!(before.len(), state(folder.path()).len());
}
