// How a failure of libtorch leaves C++: as a null pointer, and a message for swast_last_error.
#pragma once
#include <string>

#include <ATen/ATen.h>

namespace swast {

inline thread_local std::string last_error;

// A new tensor of what `make` returns; null where that fails.
template <class Make>
at::Tensor* guarded(Make make) {
    try {
        return new at::Tensor(make());
    } catch (const c10::Error& error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception& error) {
        last_error = error.what();
    }
    return nullptr;
}

}  // namespace swast
