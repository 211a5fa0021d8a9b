//! JPEG, to the bit as Pillow gives it (libjpeg-turbo, its default "islow" transform and fancy upsampling). It is our own
//! because no decoder in Rust does that: on 200 photographs `jpeg-decoder` 0.3.2 is up to 4/255 away and `zune-jpeg`
//! 0.5.15 up to 8/255, by the rounding of the transform and of the chrominances. All is integers, so that an image has
//! the same digest everywhere.
//!
//! Baseline, extended and progressive images of 8 bits are read (ITU-T T.81, without arithmetic coding and lossless
//! modes). Nothing is made up for what a file lacks: where its data end early or make no sense, it is refused.

mod colour;
mod frame;
mod header;
mod huffman;
mod idct;
mod marks;
mod scan;
mod spans;
mod stream;
#[cfg(test)]
mod tests;

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use self::colour::{Colours, Finish, RowRoom};
use self::frame::Frame;
use self::huffman::{Class, Table};
use self::marks::{Marker, Marks};
use self::scan::{Scan, ZIGZAG};
use self::stream::Stream;
use super::wide::widely;
use super::{Picture, Rect, check_size};

/// Why an image cannot be decoded.
type Fault = &'static str;

/// Units of 16 x 16 pixels between two restart markers in files that are written: a marker takes some 5 bytes.
const RESTART: u16 = 4;

/// More scans than any encoder makes.
const SCANS_MAX: usize = 500;

/// Width and height of the picture in `file`, in pixels.
pub(super) fn size(file: &[u8]) -> Result<(usize, usize), String> {
    let mut room = Room::default();
    let mut reader = Reader::new(file, &mut room);
    while reader.frame.is_none() {
        reader.segment().map_err(broken)?;
    }
    reader.frame.map(|frame| (frame.width, frame.height)).ok_or_else(|| broken("it has no size"))
}

/// Memory that is used again for the next image.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Of an interval of the file.
    bytes: Vec<u8>,
    /// Of the components.
    planes: [Vec<u8>; 4],
    /// Of a row of each.
    rows: [RowRoom; 4],
    /// H x W x 3 bytes of the part that was decoded.
    pub(crate) pixels: Vec<u8>,
}

/// Decodes `file`; or why it cannot be decoded.
pub(super) fn decode(file: &[u8]) -> Result<Picture, String> {
    let (width, height) = size(file)?;
    check_size(width, height)?;
    let mut room = Room::default();
    decode_part(file, &[], (Rect { left: 0, top: 0, width, height }, 1), &mut room)?;
    Ok(Picture { pixels: room.pixels, width, height })
}

/// Decodes the part `rect` of `file`, which is within it, to the pixels of `room`; what follows the part is not looked at.
/// With a `reduction` of 2, 4 or 8 a pixel that comes out is the mean of so many pixels along each side, and the part is what
/// [`Rect::reduced`] says: libjpeg's `scale_denom`, to the bit unless chrominances are halved along one side only. With `marks`, those that [`marks()`] makes of
/// the file, or none, the same is done sooner.
pub(crate) fn decode_part(
    file: &[u8],
    marks: &[u8],
    (rect, reduction): (Rect, usize),
    room: &mut Room,
) -> Result<(), String> {
    let rect = rect.reduced(reduction);
    let mut reader = Reader::new(file, room);
    (reader.wanted, reader.marks) = (Some((rect, reduction)), Marks::new(marks));
    while reader.segment().map_err(broken)? {}
    reader.finish(rect).map_err(broken)
}

/// Marks of `file` with which parts of it are decoded sooner; none where it has restart markers, or its components, or
/// their bits, come one after the other.
pub(crate) fn marks(file: &[u8]) -> Result<Vec<u8>, String> {
    let mut room = Room::default();
    let mut reader = Reader::new(file, &mut room);
    reader.made = Some(Vec::new());
    while reader.segment().map_err(broken)? {}
    Ok(reader.made.unwrap_or_default())
}

/// `picture` as a JPEG file of `quality` (1 to 100), with halved colours, such that a part can be decoded without the rest:
/// restart markers let the decoder pass over what is not wanted. Or why it cannot be one.
pub(crate) fn encode(picture: &Picture, quality: u8) -> Result<Vec<u8>, String> {
    let side = |length: usize| {
        u16::try_from(length).map_err(|_| format!("is {length} pixels long, too long for JPEG"))
    };
    let (width, height) = (side(picture.width)?, side(picture.height)?);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_restart_interval(RESTART);
    encoder
        .encode(&picture.pixels, width, height, ColorType::Rgb)
        .map_err(|error| format!("cannot be encoded ({error})"))?;
    Ok(file)
}

fn broken(fault: Fault) -> String {
    format!("is no whole JPEG image ({fault})")
}

/// What has been read of a file.
struct Reader<'a> {
    file: &'a [u8],
    at: usize,
    frame: Option<Frame>,
    /// Quantisation steps, row by row.
    steps: [Option<[u16; 64]>; 4],
    /// Huffman tables of first and of later coefficients.
    tables: [[Option<Table>; 4]; 2],
    /// Units between two restart markers; 0 for none.
    interval: usize,
    /// Whether there is a header of JFIF.
    jfif: bool,
    /// How Adobe's header says that colours are stored.
    adobe: Option<u8>,
    scans: usize,
    /// Whether nothing more is wanted.
    done: bool,
    /// The part of what comes out that is wanted, and how far that is reduced; `None` for no more than the size.
    wanted: Option<(Rect, usize)>,
    /// Places where decoding can begin.
    marks: Marks<'a>,
    /// Such marks, where they are made, and nothing else.
    made: Option<Vec<u8>>,
    room: &'a mut Room,
}

impl<'a> Reader<'a> {
    /// After the first marker of `file`.
    fn new(file: &'a [u8], room: &'a mut Room) -> Self {
        Self {
            file,
            at: 2,
            frame: None,
            steps: [None; 4],
            tables: Default::default(),
            interval: 0,
            jfif: false,
            adobe: None,
            scans: 0,
            done: false,
            wanted: None,
            marks: Marks::new(&[]),
            made: None,
            room,
        }
    }

    /// The next marker; bytes before it are passed over.
    fn marker(&mut self) -> Result<u8, Fault> {
        let rest = self.file.get(self.at..).unwrap_or_default();
        let place =
            rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff));
        let place = place.ok_or("it was cut off")?;
        self.at += place + 2;
        Ok(rest[place + 1])
    }

    /// Reads the next segment; whether there are more.
    fn segment(&mut self) -> Result<bool, Fault> {
        if self.done {
            return Ok(false);
        }
        let marker = self.marker()?;
        match marker {
            0xd9 => return Ok(false),
            0x01 | 0xd0..=0xd8 => return Ok(true),
            _ => {}
        }
        let rest = self.file.get(self.at..).unwrap_or_default();
        let [high, low, ..] = rest else { return Err("it was cut off") };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let content = rest.get(2..length).ok_or("it was cut off within a header")?;
        self.at += length;
        match marker {
            0xc0..=0xc2 => {
                if self.frame.is_some() {
                    return Err("it has two frames");
                }
                self.frame = Some(Frame::new(content, marker == 0xc2)?);
            }
            0xc4 => self.read_tables(content)?,
            0xc3 | 0xc5..=0xcf => {
                return Err("it is lossless or arithmetic-coded, which is not read");
            }
            0xda => self.scan(content)?,
            0xdb => self.read_steps(content)?,
            0xdd => {
                let [high, low, ..] = content else { return Err("a header is too short") };
                self.interval = usize::from(u16::from_be_bytes([*high, *low]));
            }
            0xe0 => self.jfif |= content.starts_with(b"JFIF\0"),
            0xee if content.starts_with(b"Adobe") => self.adobe = content.get(11).copied(),
            _ => {}
        }
        Ok(true)
    }

    /// Huffman tables.
    fn read_tables(&mut self, mut content: &[u8]) -> Result<(), Fault> {
        while let Some((kind, rest)) = content.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or("a table is too short")?;
            let count: usize = counts.iter().map(|count| usize::from(*count)).sum();
            let symbols = rest.get(..count).ok_or("a table is too short")?;
            let class = if kind >> 4 == 0 { Class::First } else { Class::Later };
            let of_class = self.tables.get_mut(usize::from(kind >> 4));
            let table = of_class.and_then(|class| class.get_mut(usize::from(kind & 15)));
            let table = table.ok_or("a table has a number that is none")?;
            *table = Some(Table::new(class, counts, symbols)?);
            content = &rest[count..];
        }
        Ok(())
    }

    /// Tables of quantisation steps.
    fn read_steps(&mut self, mut content: &[u8]) -> Result<(), Fault> {
        while let Some((kind, rest)) = content.split_first() {
            let bytes = if kind >> 4 == 0 { 1 } else { 2 };
            let table = rest.get(..64 * bytes).ok_or("a table is too short")?;
            let mut steps = [0; 64];
            for (value, to) in table.chunks_exact(bytes).zip(ZIGZAG) {
                steps[usize::from(to)] =
                    value.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte));
            }
            let place = self.steps.get_mut(usize::from(kind & 15));
            *place.ok_or("a table has a number that is none")? = Some(steps);
            content = &rest[64 * bytes..];
        }
        Ok(())
    }

    /// Reads the header `content` of a scan, and the scan after it.
    fn scan(&mut self, content: &[u8]) -> Result<(), Fault> {
        let frame = self.frame.as_mut().ok_or("its data come before its size")?;
        self.scans += 1;
        if self.scans > SCANS_MAX {
            return Err("it has too many scans");
        }
        let (parts, band) = header::read(content, frame, &self.tables)?;
        let mut stream = Stream::new(self.file, self.at, &mut self.room.bytes);
        let mut marker = None;
        if self.made.is_some() {
            self.done = true;
            if !header::is_alone(frame, &parts) || self.interval > 0 {
                return Ok(());
            }
            marker = Some(Marker::new(stream.rest(), marks::every(frame)));
        } else if self.scans == 1 {
            let (rect, reduction) = self.wanted.ok_or("its data come before its size")?;
            frame.reduce(reduction);
            frame.prepare(rect, &mut self.room.planes);
        }
        for part in &parts {
            let component = &mut frame.components[part.component];
            if !component.scanned {
                component.steps =
                    self.steps[component.quantiser].ok_or("a quantisation table is missing")?;
                component.scanned = true;
            }
        }
        let (parts, interval, marks) = (parts.as_slice(), self.interval, self.marks);
        let (stream, marker) = (&mut stream, &mut marker);
        self.done |= widely(Scan { frame, parts, band, stream, interval, marks, marker })?;
        self.at = stream.end();
        self.made = marker.take().map(Marker::finish);
        Ok(())
    }

    /// Makes the pixels of the part `rect`, when all has been read.
    fn finish(self, rect: Rect) -> Result<(), Fault> {
        let mut frame = self.frame.ok_or("it has no size")?;
        if frame.components.iter().any(|component| !component.scanned) {
            return Err("a component has no data: it was cut off");
        }
        let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        let colours = match (ids.as_slice(), self.adobe) {
            ([_], _) => Colours::Grey,
            ([_, _, _, _], Some(2)) => Colours::Ycck,
            ([_, _, _, _], _) => Colours::Cmyk,
            (_, Some(0)) if !self.jfif => Colours::Rgb,
            (b"RGB", None) if !self.jfif => Colours::Rgb,
            _ => Colours::Ycc,
        };
        let Room { planes, rows, pixels, .. } = self.room;
        widely(Finish { frame: &mut frame, colours, rect, rows, pixels });
        for (component, plane) in frame.components.iter_mut().zip(planes) {
            *plane = component.take_plane();
        }
        Ok(())
    }
}
