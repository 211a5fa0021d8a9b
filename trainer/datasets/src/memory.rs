//! Whether a data set fits in memory, before memory is taken for it.

use std::fs;
use std::path::Path;

use crate::DatasetError;

/// Refuses `images` images of `side` x `side` pixels from `path` where they do not fit in the memory that is free. They
/// are there twice for a moment: as they are read, and as they are handed on.
pub(crate) fn check(path: &Path, images: usize, side: usize) -> Result<(), DatasetError> {
    match available() {
        Some(free) => fits(path, images, side, free),
        None => Ok(()),
    }
}

fn fits(path: &Path, images: usize, side: usize, free: u64) -> Result<(), DatasetError> {
    let need = 2 * 3 * (images as u128) * (side as u128).pow(2);
    if need <= u128::from(free) {
        return Ok(());
    }
    let gigabytes = |bytes: f64| format!("{:.1} GB", bytes / 1e9);
    Err(DatasetError::Memory {
        path: path.to_owned(),
        images,
        side,
        need: gigabytes(need as f64),
        free: gigabytes(free as f64),
    })
}

/// Bytes of memory that are free, where the system says so.
fn available() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_what_it_needs() {
        let path = Path::new("photos");
        fits(path, 10, 100, 600_000).unwrap();
        let message = fits(path, 1_281_167, 64, 16_000_000_000).unwrap_err().to_string();
        let expected = "photos: 1281167 images of 64 x 64 pixels need 31.5 GB of memory, 16.0 GB are free; \
                        give a smaller --resolution or --limit-train";
        assert_eq!(message, expected);
        assert!(fits(path, usize::MAX, usize::MAX, u64::MAX).is_err());
        assert!(available().is_none_or(|free| free > 1 << 20));
    }
}
