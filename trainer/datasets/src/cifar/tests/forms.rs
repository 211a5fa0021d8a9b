//! The forms in which people have the archives: those that are read, and what is said of the others.

use super::*;

/// The one-line message of reading `path`, which says all of `parts`.
fn message(path: &Path, parts: &[&str]) -> String {
    let message = read(&TINY, path, Limits::NONE).unwrap_err().to_string();
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert!(message.chars().all(|c| c.is_ascii() && !c.is_ascii_control()), "{message:?}");
    message
}

fn message_of(bytes: &[u8], parts: &[&str]) {
    let (_folder, path) = place(bytes);
    message(&path, parts);
}

#[test]
fn a_plain_tar_file_is_read_whatever_it_is_called() {
    let expected = read_members(&good(), Limits::NONE).unwrap();
    let (_folder, path) = place(&tar_bytes(&good()));
    assert_eq!(read(&TINY, &path, Limits::NONE).unwrap(), expected);
    let out = tempfile::tempdir().unwrap();
    assert_eq!(unpack(&TINY, &path, out.path()).unwrap().1, expected);

    let whole = tar_bytes(&good());
    for keep in (0..whole.len() - 1024).step_by(509) {
        let (_folder, path) = place(&whole[..keep]);
        assert!(read(&TINY, &path, Limits::NONE).is_err(), "cut to {keep} bytes");
    }
    let mut long = whole;
    long.resize(long.len() + (4 << 20), 0);
    message_of(&long, &["unpacks to more than"]);
}

#[test]
fn other_forms_are_named_with_what_to_do() {
    let whole = gzip(&tar_bytes(&good()));
    message_of(&gzip(&whole), &["is gzipped twice; unpack it once"]);
    for (magic, name) in [
        (&b"\xfd7zXZ\0\0\x04\xe6"[..], "xz -dc <"),
        (b"BZh91AY&SY", "bzip2 -dc <"),
        (b"\x28\xb5\x2f\xfd\x04\x88", "zstd -dc <"),
        (b"PK\x03\x04\x14\0", "is a zip archive, which is not read; unpack it and give the folder"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "is a 7z archive"),
        (b"\x80\x04\x95\x0c", "is one pickled file of Python"),
    ] {
        message_of(magic, &[name]);
        let within: &[&str] = if magic[0] == 0x80 { &[] } else { &["within gzip"] };
        message_of(&gzip(magic), within);
    }
    message_of(b"", &["it is empty", "get cifar-10-binary.tar.gz again"]);
    message_of(b"\n<!DOCTYPE html>", &["it is a web page"]);
    message_of(&[0xc3; 700], &["begins like neither"]);
}

#[test]
fn no_bytes_of_a_file_are_in_a_message() {
    // The second header is damaged: the reader of tar files repeats what it finds there.
    let mut bytes = tar_bytes(&good()[..1]);
    bytes.truncate(1024);
    bytes.extend([0x9b; 512]);
    message_of(&gzip(&bytes), &["not a whole .tar.gz archive (numeric field"]);
    let long = vec![b'q'; 3000];
    let mut members = vec![("././@LongLink", EntryType::GNULongName, long.clone(), 3000)];
    members.push(("x", EntryType::Symlink, Vec::new(), 0));
    let (_folder, path) = place(&tar_bytes(&members));
    assert!(message(&path, &["qqq", "is a link"]).len() < 400);
}

#[test]
fn a_folder_that_holds_the_archive_leads_to_it() {
    let root = tempfile::tempdir().unwrap();
    let other = tar_bytes(&[file("cifar-100-python/test", b"\x80\x02}q\x00.".to_vec())]);
    fs::write(root.path().join("a.tar.gz"), gzip(&other)).unwrap();
    fs::write(root.path().join("b.tar"), b"no tar file").unwrap();
    fs::write(root.path().join("mine.tar"), tar_bytes(&good())).unwrap();
    let own = root.path().join("mine.tar");
    message(root.path(), &["is a folder that holds the archive; give ", own.to_str().unwrap()]);
    fs::remove_file(own).unwrap();
    message(root.path(), &["holds cifar100, not cifar10"]);
    fs::remove_file(root.path().join("a.tar.gz")).unwrap();
    message(root.path(), &["`data_batch_1.bin`: is missing"]);
}

#[test]
fn the_data_set_is_the_one_that_is_held() {
    let root = tempfile::tempdir().unwrap();
    let named_100 = root.path().join("cifar-100");
    fs::create_dir(&named_100).unwrap();
    let held = |path: &Path| layout_held(path).map(|layout| layout.name);
    let other = tar_bytes(&[
        file("cifar-100-binary/coarse_label_names.txt", b"x\n".to_vec()),
        file("cifar-100-binary/test.bin", batch(&TINY100, &[0, 1, 2])),
    ]);
    for (bytes, name) in [(gzip(&tar_bytes(&good())), "cifar10"), (other, "cifar100")] {
        let path = named_100.join("cifar-100-or-10.tar.gz");
        fs::write(&path, bytes).unwrap();
        assert_eq!(held(&path), Some(name));
        assert_eq!(held(&named_100), Some(name));
        if name == "cifar100" {
            message(&path, &["holds cifar100, not cifar10; give --dataset cifar100"]);
        }
    }
    let empty = root.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert_eq!(held(&empty), None);
    fs::create_dir(empty.join("cifar-10-batches-bin")).unwrap();
    assert_eq!(held(&empty), Some("cifar10"));
    // Of two sets side by side, a wrong one does not hide the right one.
    fs::create_dir(empty.join("cifar-100-binary")).unwrap();
    message(&empty, &["`data_batch_1.bin`: is missing"]);
}
