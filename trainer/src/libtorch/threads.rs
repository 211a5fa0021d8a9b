//! The threads and the allocator of a CPU.

/// Reads a number of CPU threads, 0 meaning all cores.
pub fn threads(text: &str) -> Result<usize, String> {
    let number: usize =
        text.parse().map_err(|_| "give a whole number, 0 for all cores".to_owned())?;
    if number > 1024 {
        return Err("give at most 1024, 0 for all cores".to_owned());
    }
    Ok(number)
}

/// Sets the number of threads of libtorch's operations and returns it; 0 takes all cores. To be called before the
/// first tensor is made.
pub fn prepare_cpu(threads: usize) -> usize {
    keep_freed_memory();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if threads == 0 { cores } else { threads };
    tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
    threads
}

/// Lets the allocator keep the memory of one mini-batch for the next: by default glibc gives every large tensor back to
/// the system, which then clears its pages again, a tenth of the time of a narrow network.
#[cfg(target_env = "gnu")]
#[allow(unsafe_code, reason = "mallopt sets two numbers of the allocator")]
fn keep_freed_memory() {
    const BYTES: i32 = 1 << 30;
    // SAFETY: both calls only change limits; an allocator that refuses them keeps its own.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, BYTES);
    }
}

#[cfg(not(target_env = "gnu"))]
fn keep_freed_memory() {}
