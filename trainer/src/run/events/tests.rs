//! Checksums and bytes by hand, and files read back by a parser that shares nothing with the writer but the checksum.

use super::*;

const AT: Duration = Duration::from_millis(1500);

#[test]
fn checksums_are_those_of_rfc_3720() {
    let rising: Vec<u8> = (0..32).collect();
    let falling: Vec<u8> = (0..32).rev().collect();
    assert_eq!(crc32c(b""), 0);
    assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
    assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
    assert_eq!(crc32c(&rising), 0x46dd_794e);
    assert_eq!(crc32c(&falling), 0x113f_db5c);
    // 0xe3069283 rotated right by 15 is 0x2507c60d.
    assert_eq!(masked(0xe306_9283), 0x2507_c60d_u32.wrapping_add(0xa282_ead8));
}

#[test]
fn varints_have_seven_bits_a_byte() {
    let bytes = |value| {
        let mut to = Vec::new();
        varint(&mut to, value);
        to
    };
    assert_eq!(bytes(0), [0]);
    assert_eq!(bytes(127), [0x7f]);
    assert_eq!(bytes(128), [0x80, 1]);
    assert_eq!(bytes(300), [0xac, 2]);
    assert_eq!(bytes(16_384), [0x80, 0x80, 1]);
    assert_eq!(bytes(u64::MAX), [[0xff; 9].as_slice(), &[1]].concat());
}

#[test]
fn records_have_the_bytes_of_the_format() {
    // The two checksums are those of TensorBoard's own writer.
    let scalar = [
        &[24, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22][..],
        &[0x09, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f],
        &[0x10, 0xac, 2],
        &[0x2a, 10, 0x0a, 8, 0x0a, 1, b'a', 0x15, 0, 0, 0, 0x3f],
        &[0x64, 0x07, 0x6a, 0x3f],
    ];
    assert_eq!(record(&event(AT, 300, EVENT_SUMMARY, &summary(&[("a", 0.5)]))), scalar.concat());
    let version = [
        &[24, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22][..],
        &[0x09, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f],
        &[0x1a, 13],
        b"brain.Event:2",
        &[0x2a, 0x28, 0x64, 0x6c],
    ];
    assert_eq!(record(&event(AT, 0, EVENT_FILE_VERSION, b"brain.Event:2")), version.concat());
    let start = [
        &[15, 0, 0, 0, 0, 0, 0, 0, 0x6d, 0x53, 0x2b, 0x09][..],
        &[0x09, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f],
        &[0x10, 7],
        &[0x3a, 2, 0x08, 1],
        &[0x77, 0x47, 0x71, 0xc7],
    ];
    assert_eq!(record(&event(AT, 7, EVENT_SESSION_LOG, &[0x08, 1])), start.concat());
}

/// The whole records of a file, and how many bytes follow them.
fn records(mut bytes: &[u8]) -> (Vec<Vec<u8>>, usize) {
    let mut records = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
        let end = u64::from_le_bytes(*length) as usize;
        if rest.len() < end + 8 {
            break;
        }
        let crc = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
        assert_eq!(crc(0), masked(crc32c(length)));
        assert_eq!(crc(4 + end), masked(crc32c(&rest[4..4 + end])));
        records.push(rest[4..4 + end].to_vec());
        bytes = &rest[end + 8..];
    }
    (records, bytes.len())
}

/// The fields of a message: number, and the bytes of the value, those of a varint widened to eight.
fn fields(message: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut bytes = message.iter().copied();
    let mut fields = Vec::new();
    while let Some(key) = bytes.next() {
        let mut varint = || {
            let mut value = 0;
            for shift in (0..).step_by(7) {
                let byte = bytes.next().unwrap();
                value |= u64::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    break;
                }
            }
            value
        };
        let value = match key & 7 {
            0 => varint().to_le_bytes().to_vec(),
            1 => bytes.by_ref().take(8).collect(),
            2 => {
                let length = varint() as usize;
                bytes.by_ref().take(length).collect()
            }
            5 => bytes.by_ref().take(4).collect(),
            other => panic!("wire type {other}"),
        };
        fields.push((key >> 3, value));
    }
    fields
}

fn field(message: &[u8], number: u8) -> Option<Vec<u8>> {
    fields(message).into_iter().find(|(n, _)| *n == number).map(|(_, value)| value)
}

fn step(event: &[u8]) -> u64 {
    field(event, 2).map_or(0, |step| u64::from_le_bytes(step.try_into().unwrap()))
}

/// Step, tag and value of every scalar of a file whose first record is the version.
fn scalars(bytes: &[u8]) -> Vec<(u64, String, f32)> {
    let (events, _) = records(bytes);
    assert_eq!(field(&events[0], 3).unwrap(), b"brain.Event:2");
    let mut read = Vec::new();
    for event in &events {
        for (_, value) in field(event, 5).iter().flat_map(|summary| fields(summary)) {
            let tag = String::from_utf8(field(&value, 1).unwrap()).unwrap();
            let number = f32::from_le_bytes(field(&value, 2).unwrap().try_into().unwrap());
            read.push((step(event), tag, number));
        }
    }
    read
}

#[test]
fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = EventFile::resumed(&folder.path().join("a/b"), 0).unwrap();
    let long = "x".repeat(300);
    let values = [0.0, -0.0, 0.1, 1e300, f64::NEG_INFINITY, 1e-45, f64::NAN];
    let mut expected = Vec::new();
    for (i, step) in [0, 1, 127, 128, 1 << 31, i64::MAX as u64].into_iter().enumerate() {
        let row = [("train/loss", values[i]), ("ß", values[i + 1]), (&long, step as f64)];
        file.scalars(step, &row).unwrap();
        expected.extend(row.map(|(tag, value)| (step, tag.to_owned(), value as f32)));
    }
    file.scalars(1, &[]).unwrap();
    let read = scalars(&fs::read(&file.path).unwrap());
    // As text, because NaN is not equal to itself.
    assert_eq!(format!("{read:?}"), format!("{expected:?}"));
    assert_eq!(file.len, fs::metadata(&file.path).unwrap().len());
}

#[test]
fn a_torn_record_leaves_those_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = EventFile::resumed(folder.path(), 0).unwrap();
    file.scalars(1, &[("a", 1.0)]).unwrap();
    let whole = file.len as usize;
    file.scalars(2, &[("a", 2.0)]).unwrap();
    let bytes = fs::read(&file.path).unwrap();
    for end in whole..bytes.len() {
        assert_eq!(scalars(&bytes[..end]), [(1, "a".to_owned(), 1.0)]);
        assert_eq!(records(&bytes[..end]).1, end - whole);
    }
}

#[test]
fn a_run_that_goes_on_has_a_later_file_that_starts_at_its_step() {
    let folder = tempfile::tempdir().unwrap();
    let later = folder.path().join(format!("{PREFIX}{}.z.1.0", now().as_secs() + 1000));
    for other in ["metrics.csv", "events.out.tfevents.", "events.out.tfevents.x.1"] {
        fs::write(folder.path().join(other), "").unwrap();
    }
    let first = EventFile::resumed(folder.path(), 0).unwrap();
    fs::write(&later, "").unwrap();
    let second = EventFile::resumed(folder.path(), 40).unwrap();
    assert!(first.path < later && later < second.path, "{}", second.path.display());
    for (file, at) in [(first, 0), (second, 40)] {
        let (events, left) = records(&fs::read(&file.path).unwrap());
        assert_eq!((events.len(), left), (2, 0));
        assert_eq!(field(&events[0], 3).unwrap(), b"brain.Event:2");
        assert_eq!((step(&events[1]), field(&events[1], 7).unwrap()), (at, vec![0x08, 1]));
    }
}

#[test]
fn names_have_second_host_process_and_number() {
    let folder = tempfile::tempdir().unwrap();
    let before = now().as_secs();
    let file = EventFile::resumed(folder.path(), 0).unwrap();
    let name = file.path.file_name().unwrap().to_str().unwrap();
    let rest = name.strip_prefix(PREFIX).unwrap();
    let (second, rest) = rest.split_once('.').unwrap();
    assert!((before..=now().as_secs()).contains(&second.parse().unwrap()));
    let rest = rest.strip_prefix(&host()).unwrap();
    let rest = rest.strip_prefix(&format!(".{}.", std::process::id())).unwrap();
    assert!(rest.parse::<u64>().is_ok());
}

#[test]
fn errors_name_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    fs::write(&taken, "").unwrap();
    let error = EventFile::resumed(&taken, 0).unwrap_err().to_string();
    assert!(error.contains("taken"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_write_that_fails_is_an_error_that_names_the_file() {
    let path = PathBuf::from("/dev/full");
    let file = OpenOptions::new().append(true).open(&path).unwrap();
    let mut events = EventFile { path, file, len: 0 };
    let error = events.scalars(1, &[("a", 1.0)]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert!(error.to_string().contains("/dev/full"), "{error}");
    assert_eq!(events.len, 0);
}
