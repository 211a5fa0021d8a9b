//! A reader for the few pickled objects that the CIFAR files for Python are made of: a dictionary of numbers,
//! texts, lists and one NumPy array of bytes, as Python 2 wrote them (protocol 2).
//!
//! Nothing is called or imported on the word of the file: the names that it gives for a NumPy array are compared
//! with the three that there are. Instructions that these files do not use are errors.

use std::collections::BTreeMap;

/// No official file has more keys.
const KEYS_MAX: usize = 16;

/// An object; texts and arrays are the bytes of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Object<'a> {
    None,
    Bool(bool),
    Number(i64),
    Text(&'a [u8]),
    Name(Name),
    Tuple(Vec<Self>),
    List(Vec<Self>),
    Dictionary(Vec<(Self, Self)>),
    /// The type of bytes.
    ByteType,
    /// Not filled yet while `None`.
    Array(Option<Array<'a>>),
}

/// A name that a pickled array of NumPy refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Reconstruct,
    NdArray,
    DType,
}

/// A matrix of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Array<'a> {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Whether columns are contiguous, not rows.
    pub(super) by_column: bool,
    pub(super) bytes: &'a [u8],
}

impl<'a> Object<'a> {
    /// What the dictionary has under `key`.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Dictionary(pairs) = self else { return None };
        let found = pairs
            .iter()
            .find(|(own, _)| matches!(own, Self::Text(text) if *text == key.as_bytes()));
        found.map(|(_, value)| value)
    }

    fn is_leaf(&self) -> bool {
        !matches!(self, Self::Tuple(_) | Self::List(_) | Self::Dictionary(_))
    }

    /// Whether it may be part of a tuple: nesting ends there, so that no file can exhaust the stack.
    fn is_flat(&self) -> bool {
        matches!(self, Self::Tuple(items) if items.iter().all(Self::is_leaf)) || self.is_leaf()
    }
}

/// The object that is pickled in `bytes`, which may be made of `objects_max` objects; or why there is none.
pub(super) fn read(bytes: &[u8], objects_max: usize) -> Result<Object<'_>, String> {
    let mut reader = Reader {
        bytes,
        place: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: BTreeMap::new(),
        objects_left: objects_max,
    };
    loop {
        let place = reader.place;
        match reader.step() {
            Ok(None) => {}
            Ok(Some(object)) => return Ok(object),
            Err(Wrong::End) => {
                return Err(format!("ends after {} bytes: it was cut off", bytes.len()));
            }
            Err(Wrong::Content(reason)) => {
                return Err(format!("pickled data, byte {place}: {reason}"));
            }
        }
    }
}

/// Why an instruction could not be carried out.
enum Wrong {
    End,
    Content(String),
}

fn wrong<T>(reason: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong::Content(reason.into()))
}

struct Reader<'a> {
    bytes: &'a [u8],
    place: usize,
    stack: Vec<Object<'a>>,
    /// Lengths of the stack that were marked.
    marks: Vec<usize>,
    /// What may be referred to later: numbers, texts and names, as objects with parts are never used twice.
    memo: BTreeMap<u32, Object<'a>>,
    objects_left: usize,
}

impl<'a> Reader<'a> {
    /// Carries out one instruction; the last one gives the object.
    fn step(&mut self) -> Result<Option<Object<'a>>, Wrong> {
        let code = self.take(1)?[0];
        match code {
            0x80 => match self.take(1)?[0] {
                2 => {}
                other => {
                    return wrong(format!(
                        "protocol {other}, where the Python version as published has 2"
                    ));
                }
            },
            b'.' => {
                return if self.stack.len() == 1 {
                    self.pop().map(Some)
                } else {
                    wrong("more than one object")
                };
            }
            b'(' => self.marks.push(self.stack.len()),
            b'q' => {
                let slot = u32::from(self.take(1)?[0]);
                self.keep(slot)?;
            }
            b'r' => {
                let slot = self.number()?;
                self.keep(slot)?;
            }
            b'h' => {
                let slot = u32::from(self.take(1)?[0]);
                self.fetch(slot)?;
            }
            b'j' => {
                let slot = self.number()?;
                self.fetch(slot)?;
            }
            b'a' | b'e' => self.append(code == b'e')?,
            b's' | b'u' => self.set(code == b'u')?,
            b't' => {
                let items = self.marked()?;
                self.tuple(items)?;
            }
            0x85..=0x87 => {
                let length = usize::from(code - 0x84);
                let items = self.last(length)?;
                self.tuple(items)?;
            }
            b'R' => self.reduce()?,
            b'b' => self.build()?,
            _ => {
                let object = self.leaf(code)?;
                self.push(object)?;
            }
        }
        Ok(None)
    }

    /// The new object that instruction `code` makes.
    fn leaf(&mut self, code: u8) -> Result<Object<'a>, Wrong> {
        Ok(match code {
            b'N' => Object::None,
            0x88 => Object::Bool(true),
            0x89 => Object::Bool(false),
            b'K' => Object::Number(self.take(1)?[0].into()),
            b'M' => Object::Number(
                self.take(2)?.iter().rev().fold(0, |sum, byte| sum << 8 | i64::from(*byte)),
            ),
            b'J' => Object::Number(self.number()?.cast_signed().into()),
            b'U' => {
                let length = usize::from(self.take(1)?[0]);
                Object::Text(self.take(length)?)
            }
            b'T' => {
                let length = self.number()? as usize;
                Object::Text(self.take(length)?)
            }
            b']' => Object::List(Vec::new()),
            b'}' => Object::Dictionary(Vec::new()),
            b')' => Object::Tuple(Vec::new()),
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                Object::Name(match (module, name) {
                    (b"numpy.core.multiarray", b"_reconstruct") => Name::Reconstruct,
                    (b"numpy", b"ndarray") => Name::NdArray,
                    (b"numpy", b"dtype") => Name::DType,
                    _ => return wrong("refers to Python code that no official file refers to"),
                })
            }
            _ => return wrong(format!("instruction 0x{code:02x}, which no official file has")),
        })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Wrong> {
        let rest = &self.bytes[self.place..];
        let taken = rest.get(..length).ok_or(Wrong::End)?;
        self.place += length;
        Ok(taken)
    }

    /// A number of four bytes.
    fn number(&mut self) -> Result<u32, Wrong> {
        Ok(self.take(4)?.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    }

    /// The text up to the end of the line.
    fn line(&mut self) -> Result<&'a [u8], Wrong> {
        let rest = &self.bytes[self.place..];
        let length = rest.iter().position(|byte| *byte == b'\n').ok_or(Wrong::End)?;
        let line = self.take(length)?;
        self.take(1)?;
        Ok(line)
    }

    fn push(&mut self, object: Object<'a>) -> Result<(), Wrong> {
        match self.objects_left.checked_sub(1) {
            Some(left) => self.objects_left = left,
            None => return wrong("more objects than an official file has"),
        }
        self.stack.push(object);
        Ok(())
    }

    fn pop(&mut self) -> Result<Object<'a>, Wrong> {
        // What was there before a mark belongs to the object that comes after.
        match self.stack.len() > self.marks.last().copied().unwrap_or(0) {
            true => self.stack.pop().ok_or(Wrong::End),
            false => wrong("an object is missing"),
        }
    }

    /// The last `length` objects, taken.
    fn last(&mut self, length: usize) -> Result<Vec<Object<'a>>, Wrong> {
        let mut items: Vec<_> = (0..length).map(|_| self.pop()).collect::<Result<_, _>>()?;
        items.reverse();
        Ok(items)
    }

    /// The objects since the last mark, taken.
    fn marked(&mut self) -> Result<Vec<Object<'a>>, Wrong> {
        match self.marks.pop() {
            Some(mark) if mark <= self.stack.len() => Ok(self.stack.split_off(mark)),
            _ => wrong("a mark is missing"),
        }
    }

    fn tuple(&mut self, items: Vec<Object<'a>>) -> Result<(), Wrong> {
        if !items.iter().all(Object::is_flat) {
            return wrong("objects within objects, as in no official file");
        }
        self.push(Object::Tuple(items))
    }

    fn keep(&mut self, slot: u32) -> Result<(), Wrong> {
        match self.stack.last() {
            None => wrong("an object is missing"),
            Some(object) if object.is_leaf() && !matches!(object, Object::Array(_)) => {
                self.memo.insert(slot, object.clone());
                Ok(())
            }
            Some(_) => Ok(()),
        }
    }

    fn fetch(&mut self, slot: u32) -> Result<(), Wrong> {
        match self.memo.get(&slot).cloned() {
            Some(object) => self.push(object),
            None => wrong(format!("refers to object {slot}, which is not there")),
        }
    }

    fn append(&mut self, many: bool) -> Result<(), Wrong> {
        let items = if many { self.marked()? } else { vec![self.pop()?] };
        match self.stack.last_mut() {
            Some(Object::List(list)) if items.iter().all(Object::is_leaf) => {
                list.extend(items);
                Ok(())
            }
            _ => wrong("objects within objects, as in no official file"),
        }
    }

    fn set(&mut self, many: bool) -> Result<(), Wrong> {
        let items = if many { self.marked()? } else { self.last(2)? };
        let Some(Object::Dictionary(pairs)) = self.stack.last_mut() else {
            return wrong("keys outside a dictionary");
        };
        if pairs.len() + items.len() / 2 > KEYS_MAX {
            return wrong("more keys than an official file has");
        }
        let mut items = items.into_iter();
        while let Some(key) = items.next() {
            match items.next() {
                Some(value @ Object::List(_)) => pairs.push((key, value)),
                Some(value) if value.is_leaf() => pairs.push((key, value)),
                _ => return wrong("objects within objects, as in no official file"),
            }
        }
        let fresh = |(number, (key, _)): (usize, &(Object<'_>, _))| {
            matches!(key, Object::Text(_)) && pairs[..number].iter().all(|(other, _)| other != key)
        };
        match pairs.iter().enumerate().all(fresh) {
            true => Ok(()),
            false => wrong("keys that repeat or are not texts"),
        }
    }

    /// The object that a name makes of its arguments: an empty array or a type.
    fn reduce(&mut self) -> Result<(), Wrong> {
        let (arguments, name) = (self.pop()?, self.pop()?);
        let Object::Tuple(arguments) = arguments else {
            return wrong("arguments that are no tuple");
        };
        let object = match (name, arguments.as_slice()) {
            (Object::Name(Name::Reconstruct), [Object::Name(Name::NdArray), ..]) => {
                Object::Array(None)
            }
            (Object::Name(Name::DType), [Object::Text(b"u1" | b"|u1"), ..]) => Object::ByteType,
            (Object::Name(Name::DType), _) => return wrong("an array of other numbers than bytes"),
            _ => return wrong("an object that is no array"),
        };
        self.push(object)
    }

    /// Gives the last object its state.
    fn build(&mut self) -> Result<(), Wrong> {
        let state = self.pop()?;
        let (Some(object), Object::Tuple(state)) = (self.stack.last_mut(), state) else {
            return wrong("a state without an object");
        };
        let Object::Array(array) = object else {
            // That of a type of bytes says nothing else.
            return if *object == Object::ByteType {
                Ok(())
            } else {
                wrong("an object that is no array")
            };
        };
        let [
            _,
            Object::Tuple(shape),
            Object::ByteType,
            Object::Bool(by_column),
            Object::Text(bytes),
        ] = state.as_slice()
        else {
            return wrong("not the state of an array of bytes");
        };
        let [Object::Number(rows), Object::Number(columns)] = shape.as_slice() else {
            return wrong("an array that has not two dimensions");
        };
        let (Ok(rows), Ok(columns)) = (usize::try_from(*rows), usize::try_from(*columns)) else {
            return wrong("an array of a negative size");
        };
        if rows.checked_mul(columns) != Some(bytes.len()) {
            return wrong(format!("an array of {rows} x {columns} with {} bytes", bytes.len()));
        }
        *array = Some(Array { rows, columns, by_column: *by_column, bytes });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As Python 2 writes `{'labels': [6, 300], 'x': 'labels'}`.
    const SMALL: &[u8] = b"\x80\x02}q\x01(U\x06labelsq\x02]q\x03(K\x06M\x2c\x01eU\x01xh\x02u.";

    fn reason(bytes: &[u8]) -> String {
        read(bytes, 100).unwrap_err()
    }

    #[test]
    fn a_dictionary_is_read() {
        let object = read(SMALL, 100).unwrap();
        assert_eq!(object.get("x"), Some(&Object::Text(b"labels")));
        let labels = Object::List(vec![Object::Number(6), Object::Number(300)]);
        assert_eq!(object.get("labels"), Some(&labels));
        assert_eq!(object.get("y"), None);
        assert_eq!(read(b"\x80\x02J\xfe\xff\xff\xff.", 1), Ok(Object::Number(-2)));
    }

    #[test]
    fn what_official_files_do_not_have_is_refused() {
        for (bytes, part) in [
            (&b"\x80\x02cos\nsystem\nq\x00U\x02lsq\x01\x85R."[..], "byte 2: refers to Python code"),
            (b"\x80\x04\x95", "protocol 4"),
            (b"\x80\x02X\x01\x00\x00\x00a.", "instruction 0x58"),
            (b"\x80\x02i", "instruction 0x69"),
            (b"\x80\x02K\x01K\x02.", "more than one object"),
            (b"\x80\x02h\x07.", "object 7, which is not there"),
            (b"\x80\x02]q\x01h\x01.", "object 1, which is not there"),
            (b"\x80\x02e", "a mark is missing"),
            (b"\x80\x02K\x01(a", "an object is missing"),
            (b"\x80\x02R", "an object is missing"),
            (b"\x80\x02K\x01\x85\x85\x85\x85", "objects within objects"),
            (b"\x80\x02]]a", "objects within objects"),
            (b"\x80\x02}(K\x01K\x02u", "not texts"),
            (b"\x80\x02}(U\x01aK\x02U\x01aK\x02u", "repeat"),
            (b"\x80\x02cnumpy\ndtype\nU\x02f8\x85R", "other numbers than bytes"),
            (b"\x80\x02T\xff\xff\xff\xffabc", "it was cut off"),
            (b"", "it was cut off"),
        ] {
            let message = reason(bytes);
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
        let many = [&b"\x80\x02]("[..], &[b'K', 1].repeat(100)].concat();
        assert!(reason(&many).contains("more objects than an official file has"));
    }

    /// A batch that Python wrote.
    const BATCH: &[u8] = include_bytes!("../../../../tests/golden/dataset/data_batch_1");

    proptest! {
        #[test]
        fn no_bytes_are_a_problem(
            changes in prop::collection::vec((0..270_usize, any::<u8>()), 1..4),
            cut in 0..BATCH.len(),
        ) {
            for original in [SMALL, BATCH] {
                let mut bytes = original.to_vec();
                for (place, byte) in &changes {
                    bytes[place % original.len()] = *byte;
                }
                let _ = read(&bytes, 100);
                prop_assert!(read(&original[..cut % original.len()], 100).is_err());
            }
        }
    }
}
