//! `meta.mat` of ImageNet's development kit: which number, `WordNet` number and words each class has. It is a MATLAB file
//! of version 5 (MAT-File Format) with one array of structs.

use std::io::Read;

use flate2::read::ZlibDecoder;

/// No array is larger when it is unpacked, in bytes; the published one has 0.7 MB.
const UNPACKED_MAX: u64 = 64 << 20;
/// Length of the header, in bytes.
const HEADER: usize = 128;

/// Kinds of elements.
const INT8: u32 = 1;
const UINT8: u32 = 2;
const INT16: u32 = 3;
const UINT16: u32 = 4;
const INT32: u32 = 5;
const UINT32: u32 = 6;
const DOUBLE: u32 = 9;
const INT64: u32 = 12;
const UINT64: u32 = 13;
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;
const UTF8: u32 = 16;
/// The class of an array of structs.
const STRUCT: u8 = 2;

/// A class of ImageNet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Synset {
    /// Its number in the ground truth, from 1.
    pub(super) id: usize,
    /// Its number in `WordNet`, such as n01440764.
    pub(super) wnid: String,
    /// What it is called, in words between commas.
    pub(super) words: String,
}

/// The classes in the file `bytes`; or why there are none.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Synset>, String> {
    let body = bytes.get(HEADER..).filter(|_| bytes[HEADER - 2..HEADER] == *b"IM");
    let mut elements = Elements(body.ok_or("is no MATLAB file of version 5")?);
    while let Some((kind, content)) = elements.next()? {
        let mut unpacked = Vec::new();
        let content = match kind {
            COMPRESSED => {
                let reader = ZlibDecoder::new(content).take(UNPACKED_MAX);
                { reader }.read_to_end(&mut unpacked).map_err(|error| error.to_string())?;
                match Elements(&unpacked).next()? {
                    Some((MATRIX, content)) => content,
                    _ => continue,
                }
            }
            MATRIX => content,
            _ => continue,
        };
        if let Some(synsets) = structs(content)? {
            return Ok(synsets);
        }
    }
    Err("has no array of classes".to_owned())
}

const SHORT: &str = "ends early: it was cut off";

/// The elements that follow each other in some bytes.
struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// The kind and content of the next one; `None` at the end.
    fn next(&mut self) -> Result<Option<(u32, &'a [u8])>, String> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let word = |at: usize| {
            let bytes = self.0.get(at..).and_then(<[u8]>::first_chunk::<4>);
            bytes.map(|bytes| u32::from_le_bytes(*bytes)).ok_or(SHORT)
        };
        let tag = word(0)?;
        // A short element is in its tag.
        let (kind, start, size) =
            if tag >> 16 > 0 { (tag & 0xffff, 4, tag >> 16) } else { (tag, 8, word(4)?) };
        let size = usize::try_from(size).map_err(|error| error.to_string())?;
        let content = self.0.get(start..).and_then(|rest| rest.get(..size)).ok_or(SHORT)?;
        let whole = start + size;
        // Compressed ones are not padded.
        let next = if kind == COMPRESSED { whole } else { whole.next_multiple_of(8) };
        self.0 = self.0.get(next..).unwrap_or_default();
        Ok(Some((kind, content)))
    }

    fn must(&mut self) -> Result<(u32, &'a [u8]), String> {
        self.next()?.ok_or_else(|| SHORT.to_owned())
    }
}

/// The classes in the array `content`, if it is one of structs that have the fields of a class.
fn structs(content: &[u8]) -> Result<Option<Vec<Synset>>, String> {
    let mut elements = Elements(content);
    let (_, flags) = elements.must()?;
    if flags.first() != Some(&STRUCT) {
        return Ok(None);
    }
    let (_, _dimensions) = elements.must()?;
    let (_, _name) = elements.must()?;
    let (_, length) = elements.must()?;
    let length = length.first_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize);
    let (_, names) = elements.must()?;
    if length == 0 {
        return Ok(None);
    }
    let names: Vec<&[u8]> = names
        .chunks(length)
        .map(|name| name.split(|byte| *byte == 0).next().unwrap_or(&[]))
        .collect();
    let place = |name: &[u8]| names.iter().position(|other| *other == name);
    let fields = [&b"ILSVRC2012_ID"[..], b"WNID", b"words"].map(place);
    let [Some(id), Some(wnid), Some(words)] = fields else { return Ok(None) };
    let mut synsets = Vec::new();
    let mut values = Vec::with_capacity(names.len());
    while let Some((_, value)) = elements.next()? {
        values.push(value);
        if values.len() == names.len() {
            let (wnid, words) = (text(values[wnid])?, text(values[words])?);
            synsets.push(Synset { id: number(values[id])?, wnid, words });
            values.clear();
        }
    }
    Ok(Some(synsets))
}

/// Kind and content of the data of an array.
fn data(array: &[u8]) -> Result<(u32, &[u8]), String> {
    let mut elements = Elements(array);
    for _ in 0..3 {
        elements.must()?;
    }
    elements.must()
}

/// The text of an array of characters.
fn text(array: &[u8]) -> Result<String, String> {
    let (kind, bytes) = data(array)?;
    let text = match kind {
        UINT16 => {
            let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
            String::from_utf16(&units.collect::<Vec<_>>()).ok()
        }
        INT8 | UINT8 | UTF8 => String::from_utf8(bytes.to_vec()).ok(),
        _ => None,
    };
    text.ok_or_else(|| "has a name that is no text".to_owned())
}

/// The first number of an array of numbers, which is not negative.
fn number(array: &[u8]) -> Result<usize, String> {
    let (kind, bytes) = data(array)?;
    let width = match kind {
        INT8 | UINT8 => 1,
        INT16 | UINT16 => 2,
        INT32 | UINT32 => 4,
        DOUBLE | INT64 | UINT64 => 8,
        _ => return Err("has a number of a kind that is not read".to_owned()),
    };
    let mut word = [0; 8];
    word[..width].copy_from_slice(bytes.get(..width).ok_or(SHORT)?);
    if kind == DOUBLE {
        return Ok(f64::from_le_bytes(word) as usize);
    }
    usize::try_from(u64::from_le_bytes(word)).map_err(|error| error.to_string())
}

/// A file that has `synsets`.
pub(super) fn write(synsets: &[Synset]) -> Vec<u8> {
    let mut content = array_head(STRUCT, &[synsets.len(), 1], b"synsets");
    content.extend(element(INT32, &16_u32.to_le_bytes()));
    let names: [&[u8]; 3] = [b"ILSVRC2012_ID", b"WNID", b"words"];
    let mut fixed = [0; 48];
    for (name, place) in names.iter().zip(fixed.chunks_exact_mut(16)) {
        place[..name.len()].copy_from_slice(name);
    }
    content.extend(element(INT8, &fixed));
    for Synset { id, wnid, words } in synsets {
        let mut number = array_head(6, &[1, 1], b"");
        number.extend(element(DOUBLE, &(*id as f64).to_le_bytes()));
        content.extend(element(MATRIX, &number));
        for text in [wnid, words] {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let mut characters = array_head(4, &[1, units.len() / 2], b"");
            characters.extend(element(UINT16, &units));
            content.extend(element(MATRIX, &characters));
        }
    }
    let mut file = format!("{:<124}", "MATLAB 5.0 MAT-file, synthetic").into_bytes();
    file.extend([0, 1]);
    file.extend(b"IM");
    file.extend(element(MATRIX, &content));
    file
}

/// The first three elements of an array.
fn array_head(class: u8, dimensions: &[usize], name: &[u8]) -> Vec<u8> {
    let flags = [u32::from(class), 0].map(u32::to_le_bytes).concat();
    let dimensions = dimensions.iter().flat_map(|length| (*length as u32).to_le_bytes());
    let dimensions: Vec<u8> = dimensions.collect();
    [element(UINT32, &flags), element(INT32, &dimensions), element(INT8, name)].concat()
}

fn element(kind: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = [kind, content.len() as u32].map(u32::to_le_bytes).concat();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}
