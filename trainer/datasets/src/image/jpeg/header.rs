//! What a scan says of itself before its bits.

use super::Fault;
use super::frame::Frame;
use super::huffman::Table;

/// A component in a scan, with its Huffman tables.
pub(super) struct Part<'t> {
    /// Which of the components of the frame.
    pub(super) component: usize,
    pub(super) dc: Option<&'t Table>,
    pub(super) ac: Option<&'t Table>,
}

/// What a scan has of the coefficients.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    /// The first one.
    pub(super) start: usize,
    /// The last one.
    pub(super) end: usize,
    /// The bits below this one, 0 for all of them in a first scan,
    pub(super) high: u32,
    /// down to this one.
    pub(super) low: u32,
}

/// Whether a scan of `parts` has all there is of the components of `frame`: then a block that is not wanted now is never
/// wanted.
pub(super) fn is_alone(frame: &Frame, parts: &[Part<'_>]) -> bool {
    !frame.progressive && parts.len() == frame.components.len()
}

/// Reads the header `content` of a scan of `frame`; `tables` are those of first and of later coefficients.
pub(super) fn read<'t>(
    content: &[u8],
    frame: &Frame,
    tables: &'t [[Option<Table>; 4]; 2],
) -> Result<(Vec<Part<'t>>, Band), Fault> {
    let (count, rest) = content.split_first().ok_or("a header is too short")?;
    let count = usize::from(*count);
    let (specs, band) = rest.split_at_checked(2 * count).ok_or("a header is too short")?;
    let [start, end, bits, ..] = *band else { return Err("a header is too short") };
    let band = Band {
        start: usize::from(start),
        end: usize::from(end),
        high: u32::from(bits >> 4),
        low: u32::from(bits & 15),
    };
    let mut parts: Vec<Part<'_>> = Vec::new();
    for [id, numbers] in specs.as_chunks::<2>().0 {
        let place = frame.components.iter().position(|component| component.id == *id);
        let component = place.ok_or("a scan has a component that is none")?;
        if parts.iter().any(|part| part.component >= component) {
            return Err("the components of a scan are not in order");
        }
        let table = |class: usize, number: u8| {
            tables[class].get(usize::from(number)).and_then(Option::as_ref)
        };
        parts.push(Part { component, dc: table(0, numbers >> 4), ac: table(1, numbers & 15) });
    }
    check(frame, &parts, band)?;
    Ok((parts, band))
}

/// Refuses a scan that the standard does not allow.
fn check(frame: &Frame, parts: &[Part<'_>], band: Band) -> Result<(), Fault> {
    const NONE: Fault = "a scan has a form that is none";
    let again = parts.iter().any(|part| frame.components[part.component].scanned);
    let blocks: usize = parts
        .iter()
        .map(|part| &frame.components[part.component])
        .map(|component| component.across * component.down)
        .sum();
    // More blocks in a unit are not allowed where components are interleaved.
    let crowded = parts.len() > 1 && blocks > 10;
    let fine = if frame.progressive {
        let first = band.start == 0 && band.end == 0;
        let later = 0 < band.start && band.start <= band.end && band.end < 64 && parts.len() == 1;
        let next = band.high == 0 || band.high == band.low + 1;
        (first || later) && next && band.low <= 13
    } else {
        !again
    };
    if fine && !crowded && !parts.is_empty() { Ok(()) } else { Err(NONE) }
}
