//! Arrays of plain numbers in .npy files (format versions 1 to 3, C or Fortran order), whatever their type.
//!
//! Nothing a file says of its own size is believed before it is compared with the file.

use anyhow::{Context, Result, bail, ensure};
use ndarray::{Array2, ShapeBuilder};
use ndarray_npy::npy::header::Header;

/// How a file of this kind starts.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// The longest header that is read, as in NumPy: longer ones are not of plain arrays.
const LONGEST_HEADER: usize = 10_000;

/// Brackets in the header of a plain array: a dictionary and a shape.
const BRACKETS: usize = 2;

/// An array in its file, once the header is known to fit the file.
pub(super) struct Stored<'a> {
    /// The type of the elements without the order of their bytes, such as `f4`.
    pub(super) kind: String,
    big_endian: bool,
    fortran: bool,
    shape: (usize, usize),
    data: &'a [u8],
}

/// An element without loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    /// The same as a double, where one is equal to it.
    pub(super) fn double(self) -> Option<f64> {
        match self {
            Self::Whole(whole) => Some(whole as f64).filter(|&double| double as i128 == whole),
            Self::Real(real) => Some(real),
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(whole) => write!(f, "{whole}"),
            Self::Real(real) => write!(f, "{real:?}"),
        }
    }
}

impl<'a> Stored<'a> {
    /// The array in the .npy file `bytes`: a matrix, or a single column of one or two dimensions where `column` is set.
    ///
    /// # Errors
    /// When it is of another shape, holds other than plain numbers, or does not fit the file.
    pub(super) fn open(bytes: &'a [u8], column: bool) -> Result<Self> {
        let (start, length) = match bytes.get(6..12) {
            Some([1, _, a, b, ..]) => (10, usize::from(u16::from_le_bytes([*a, *b]))),
            Some([_, _, a, b, c, d]) => (12, u32::from_le_bytes([*a, *b, *c, *d]) as usize),
            _ => bail!("the header is cut off; write the file again"),
        };
        ensure!(
            length <= LONGEST_HEADER,
            "a header of {length} bytes is not of a plain array; save numbers alone"
        );
        let header = bytes
            .get(start..start + length)
            .context("the header is cut off; write the file again")?;
        // The parser of the header recurses into brackets.
        let brackets = header.iter().filter(|byte| b"({[".contains(byte)).count();
        ensure!(brackets <= BRACKETS, "the elements are not plain numbers; save numbers alone");
        // What the parser says of a broken header takes many lines.
        let Ok(header) = Header::from_reader(&mut &bytes[..]) else {
            bail!("the header is not that of a plain array; write the file with numpy.save")
        };
        let shape = match (&header.shape[..], column) {
            (&[rows], true) => (rows, 1),
            (&[_, columns], true) if columns != 1 => {
                bail!("{columns} columns; save one label per row, of one-hot rows their argmax")
            }
            (&[rows, columns], _) => (rows, columns),
            (shape, true) => {
                bail!("{} dimensions instead of 1; save one label per row", shape.len())
            }
            (shape, false) => {
                bail!("{} dimensions instead of 2; save a matrix, one row per label", shape.len())
            }
        };
        let plain = "the elements are not plain numbers; save numbers alone";
        let name = header.type_descriptor.as_string().context(plain)?;
        let (order, name) =
            name.split_at_checked(1).context("the elements have no type; save numbers alone")?;
        ensure!("<>|=".contains(order) && !name.starts_with(['O', 'S', 'U', 'V']), "{plain}");
        let size: Option<usize> = name.get(1..).and_then(|digits| digits.parse().ok());
        let mut factors = header.shape.iter().chain(&size);
        let stated = factors.try_fold(1_usize, |bytes, &n| bytes.checked_mul(n));
        let there = bytes.len() - start - length;
        ensure!(
            stated == Some(there),
            "the header states a shape of {:?} {name}, which does not match {there} bytes of data; write the file again",
            header.shape
        );
        Ok(Self {
            kind: name.to_owned(),
            big_endian: order == ">",
            fortran: header.layout.is_fortran(),
            shape,
            data: &bytes[start + length..],
        })
    }

    /// Whether its elements can be read one by one, as [`Self::array`] does.
    pub(super) fn is_known(&self) -> bool {
        let kinds = ["b1", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"];
        kinds.contains(&self.kind.as_str())
    }

    /// What becomes of all elements of a known type, each given with its row.
    ///
    /// # Errors
    /// When one becomes nothing.
    pub(super) fn array<T>(&self, of: impl Fn(usize, Number) -> Result<T>) -> Result<Array2<T>> {
        let (rows, columns) = self.shape;
        let size: usize = self.kind[1..].parse()?;
        let element = |(place, bytes): (usize, &[u8])| {
            let row = if self.fortran { place % rows } else { place / columns };
            of(row, self.number(bytes))
        };
        let elements = self.data.chunks_exact(size).enumerate().map(element);
        let elements: Vec<T> = elements.collect::<Result<_>>()?;
        Ok(Array2::from_shape_vec(self.shape.set_f(self.fortran), elements)?)
    }

    /// The element in these `bytes`, at most 8.
    fn number(&self, bytes: &[u8]) -> Number {
        let shift = |bits: u64, byte: &u8| (bits << 8) | u64::from(*byte);
        let bits = if self.big_endian {
            bytes.iter().fold(0, shift)
        } else {
            bytes.iter().rev().fold(0, shift)
        };
        match self.kind.as_str() {
            "i1" => Number::Whole((bits as i8).into()),
            "i2" => Number::Whole((bits as i16).into()),
            "i4" => Number::Whole((bits as i32).into()),
            "i8" => Number::Whole((bits as i64).into()),
            "f2" => Number::Real(half(bits as u16).into()),
            "f4" => Number::Real(f32::from_bits(bits as u32).into()),
            "f8" => Number::Real(f64::from_bits(bits)),
            _ => Number::Whole(bits.into()),
        }
    }
}

/// The number with these `bits` in half precision.
fn half(bits: u16) -> f32 {
    /// The smallest number above 0.
    const STEP: f32 = 1.0 / 16_777_216.0;
    let (exponent, fraction) = (u32::from((bits >> 10) & 31), u32::from(bits & 1023));
    let magnitude = match exponent {
        0 => fraction as f32 * STEP,
        31 => f32::from_bits((255 << 23) | (fraction << 13)),
        _ => f32::from_bits(((exponent + 112) << 23) | (fraction << 13)),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}
