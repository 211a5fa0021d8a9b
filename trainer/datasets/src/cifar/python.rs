//! The files of the version for Python, as the files of the binary version that have the same content.

use super::layout::{Layout, PIXELS, Part, Pickled};
use super::pickle::{self, Object};

/// A file of the binary version: what it is, its name and its content.
type BinaryFile = (Part, &'static str, Vec<u8>);

/// The files of the binary version that have the content of the file `pickled` of `layout`, which is `bytes`; or
/// why there are none.
pub(super) fn binary_files(
    layout: &Layout,
    pickled: Pickled,
    bytes: &[u8],
) -> Result<Vec<BinaryFile>, String> {
    let object = pickle::read(bytes, layout.objects_max(pickled.part))?;
    if pickled.part != Part::Names {
        return Ok(vec![(pickled.part, pickled.binary, records(layout, &object)?)]);
    }
    let other = layout.other_names.map(|names| (Part::OtherNames, names));
    let all = [(Part::Names, layout.names)].into_iter().chain(other);
    all.map(|(part, (key, file))| Ok((part, file, names(&object, key)?))).collect()
}

/// The records of a batch: the labels, then the pixels, which have the order of a record already.
fn records(layout: &Layout, batch: &Object<'_>) -> Result<Vec<u8>, String> {
    let Some(Object::Array(Some(data))) = batch.get("data") else {
        return Err("has no array `data`".to_owned());
    };
    if data.columns != PIXELS {
        return Err(format!("images of {} bytes where {PIXELS} are expected", data.columns));
    }
    let labels: Vec<_> =
        layout.labels.iter().map(|key| labels(batch, key, data.rows)).collect::<Result<_, _>>()?;
    let mut bytes = Vec::with_capacity(data.rows * layout.record());
    for row in 0..data.rows {
        bytes.extend(labels.iter().map(|labels| labels[row]));
        if data.by_column {
            bytes.extend((0..PIXELS).map(|column| data.bytes[column * data.rows + row]));
        } else {
            bytes.extend_from_slice(&data.bytes[row * PIXELS..][..PIXELS]);
        }
    }
    Ok(bytes)
}

/// The `count` labels of a batch under `key`.
fn labels(batch: &Object<'_>, key: &str, count: usize) -> Result<Vec<u8>, String> {
    let Some(Object::List(items)) = batch.get(key) else {
        return Err(format!("has no list `{key}`"));
    };
    if items.len() != count {
        return Err(format!("{} `{key}` for {count} images", items.len()));
    }
    let label = |(number, item): (usize, &Object<'_>)| match item {
        Object::Number(label) => {
            u8::try_from(*label).map_err(|_| format!("record {number} has label {label}"))
        }
        _ => Err(format!("record {number} has a label that is no number")),
    };
    items.iter().enumerate().map(label).collect()
}

/// The names under `key`, one per line.
fn names(object: &Object<'_>, key: &str) -> Result<Vec<u8>, String> {
    let Some(Object::List(items)) = object.get(key) else {
        return Err(format!("has no list `{key}`"));
    };
    let mut text = Vec::new();
    for item in items {
        match item {
            Object::Text(name) if !name.contains(&b'\n') => {
                text.extend_from_slice(name);
                text.push(b'\n');
            }
            _ => return Err(format!("`{key}` holds what is no name")),
        }
    }
    Ok(text)
}
