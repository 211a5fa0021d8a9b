//! Work that is captured once in a CUDA graph and replayed at the price of one launch; see `graph.cpp`, a shared object
//! of its own that the program carries within itself.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::io::Write;
use std::ptr::NonNull;
use std::sync::OnceLock;

use libloading::Library;
use tch::TchError;
use thiserror::Error;

/// The shared object; empty where it could not be built.
static CODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/graph.so"));

/// Why nothing can be captured.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GraphError {
    /// It was not built.
    #[error(
        "--graph: this program was built without the headers of CUDA; install package nvidia-cuda-runtime beside torch (`make setup`) and build again, or leave the flag out"
    )]
    NotBuilt,
    /// It does not work with this libtorch.
    #[error("--graph: {0}; leave the flag out")]
    NotLoaded(String),
}

/// The functions of `graph.cpp`.
struct Interface {
    error: unsafe extern "C" fn() -> *const c_char,
    stream: unsafe extern "C" fn(c_int) -> bool,
    begin: unsafe extern "C" fn() -> *mut c_void,
    end: unsafe extern "C" fn(*mut c_void) -> bool,
    replay: unsafe extern "C" fn(*mut c_void) -> bool,
    free: unsafe extern "C" fn(*mut c_void),
}

static INTERFACE: OnceLock<Result<Interface, GraphError>> = OnceLock::new();

/// Moves the calling thread to a stream of CUDA device number `index` on which work can be captured. To be called after
/// libtorch's CUDA part was loaded, and before the first tensor is made.
///
/// # Errors
/// When the shared object is missing or does not load.
#[allow(unsafe_code, reason = "the interface of graph.cpp")]
pub fn prepare_capture(index: usize) -> Result<(), GraphError> {
    let interface = INTERFACE.get_or_init(opened).as_ref().map_err(Clone::clone)?;
    let index = c_int::try_from(index).unwrap_or(c_int::MAX);
    // SAFETY: it sets the device and the stream of this thread.
    if unsafe { (interface.stream)(index) } {
        Ok(())
    } else {
        Err(GraphError::NotLoaded(interface.message()))
    }
}

/// Writes the shared object to a file, opens that and finds its functions.
fn opened() -> Result<Interface, GraphError> {
    if CODE.is_empty() {
        return Err(GraphError::NotBuilt);
    }
    let unwritten = |error: std::io::Error| GraphError::NotLoaded(error.to_string());
    let mut file = tempfile::Builder::new().suffix(".so").tempfile().map_err(unwritten)?;
    file.write_all(CODE).and_then(|()| file.flush()).map_err(unwritten)?;
    let library = open_library(file.path()).map_err(|e| GraphError::NotLoaded(e.to_string()))?;
    // Its functions are called until the program ends.
    let library: &'static Library = Box::leak(Box::new(library));
    Interface::of(library).map_err(|error| GraphError::NotLoaded(error.to_string()))
}

#[allow(unsafe_code, reason = "opening a shared library runs its initialisers")]
fn open_library(path: &std::path::Path) -> Result<Library, libloading::Error> {
    // SAFETY: the file is our own; its initialisers set up one string.
    unsafe { Library::new(path) }
}

impl Interface {
    #[allow(unsafe_code, reason = "the types of functions are not in a library")]
    fn of(library: &'static Library) -> Result<Self, libloading::Error> {
        // SAFETY: the types are those of graph.cpp.
        unsafe {
            Ok(Self {
                error: *library.get(b"swast_graph_error")?,
                stream: *library.get(b"swast_graph_stream")?,
                begin: *library.get(b"swast_graph_begin")?,
                end: *library.get(b"swast_graph_end")?,
                replay: *library.get(b"swast_graph_replay")?,
                free: *library.get(b"swast_graph_free")?,
            })
        }
    }

    #[allow(unsafe_code, reason = "the interface of graph.cpp")]
    fn message(&self) -> String {
        // SAFETY: the message is valid until the next failure, and a copy is made of it.
        unsafe { CStr::from_ptr((self.error)()).to_string_lossy().into_owned() }
    }

    /// Fails as the operations of tch do, for [`super::failure`].
    fn fail(&self) -> ! {
        panic!("CUDA graph: {:?}", TchError::Torch(self.message()))
    }
}

/// Captured work.
#[derive(Debug)]
pub struct Graph(NonNull<c_void>);

// SAFETY: a graph belongs to no thread; the one that has it is the only one to use it.
#[allow(unsafe_code, reason = "the interface of graph.cpp")]
unsafe impl Send for Graph {}

impl Graph {
    /// Captures what `work` launches on the present stream, without doing it. All tensors that it uses and did not make
    /// must outlive the graph, at their addresses.
    ///
    /// # Panics
    /// When it cannot be captured, or [`prepare_capture`] was not called.
    #[allow(unsafe_code, reason = "the interface of graph.cpp")]
    pub fn capture(work: impl FnOnce()) -> Self {
        let interface = interface();
        // SAFETY: the result is new, or null.
        let begun = NonNull::new(unsafe { (interface.begin)() });
        let Some(graph) = begun.map(Self) else { interface.fail() };
        work();
        // SAFETY: the graph is live, and its capture was begun above.
        if !unsafe { (interface.end)(graph.0.as_ptr()) } {
            interface.fail();
        }
        graph
    }

    /// Does the work once more.
    ///
    /// # Panics
    /// When the device fails.
    #[allow(unsafe_code, reason = "the interface of graph.cpp")]
    pub fn replay(&self) {
        let interface = interface();
        // SAFETY: the graph is live, and its capture has ended.
        if !unsafe { (interface.replay)(self.0.as_ptr()) } {
            interface.fail();
        }
    }
}

impl Drop for Graph {
    #[allow(unsafe_code, reason = "the interface of graph.cpp")]
    fn drop(&mut self) {
        // SAFETY: nobody else has the graph.
        unsafe { (interface().free)(self.0.as_ptr()) }
    }
}

fn interface() -> &'static Interface {
    let opened = INTERFACE.get().and_then(|opened| opened.as_ref().ok());
    opened.expect("capturing was prepared before")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_libtorch_cuda_there_is_an_error_and_no_crash() {
        if let Err(error) = opened() {
            assert!(error.to_string().starts_with("--graph: "), "{error}");
        }
    }
}
