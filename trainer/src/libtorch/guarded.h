// How a failure of libtorch leaves C++: as a null pointer, and a message for swast_last_error.
#pragma once
#include <string>

#include <ATen/ATen.h>

namespace swast {

inline thread_local std::string last_error;

// What `make` returns, on the heap; null where that fails.
template <class Make>
auto guarded(Make make) -> decltype(make())* {
    try {
        return new auto(make());
    } catch (const c10::Error& error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception& error) {
        last_error = error.what();
    }
    return nullptr;
}

}  // namespace swast
