// A piece of work captured in a CUDA graph, and the stream it is captured on. A shared object of its own, which is
// opened after libtorch_cuda and finds its symbols there: it is linked with nothing, so that it can be built where
// there is no CUDA.

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>

#include <memory>
#include <string>

namespace {

std::string last_error;

// Whether `act` went well; its message is kept where not.
template <class Act>
bool done(Act act) {
    try {
        act();
        return true;
    } catch (const c10::Error& error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception& error) {
        last_error = error.what();
    }
    return false;
}

using at::cuda::CUDAGraph;

}  // namespace

extern "C" {

// What went wrong last.
const char* swast_graph_error() {
    return last_error.c_str();
}

// Moves the calling thread to a stream of the pool: nothing is captured on the default stream, and what was warmed up
// on another stream than that of the capture spoils it.
bool swast_graph_stream(int device) {
    return done([&] {
        c10::cuda::set_device(static_cast<c10::DeviceIndex>(device));
        c10::cuda::setCurrentCUDAStream(c10::cuda::getStreamFromPool(true, device));
    });
}

// Captures what is launched from now on instead of doing it; null where that cannot be begun.
void* swast_graph_begin() {
    auto graph = std::make_unique<CUDAGraph>();
    // The backward pass is launched by a thread of libtorch's own, which other modes would forbid to take memory.
    const bool begun = done([&] { graph->capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal); });
    return begun ? graph.release() : nullptr;
}

// Ends the capture.
bool swast_graph_end(void* graph) {
    return done([&] { static_cast<CUDAGraph*>(graph)->capture_end(); });
}

// Does what was captured, on the present stream.
bool swast_graph_replay(void* graph) {
    return done([&] { static_cast<CUDAGraph*>(graph)->replay(); });
}

void swast_graph_free(void* graph) {
    done([&] { delete static_cast<CUDAGraph*>(graph); });
}
}
