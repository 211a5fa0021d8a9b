// Part of what a loop covers.
#pragma once
#include <cstdint>

namespace swast {

struct Range {
    int64_t begin, end;
};

}  // namespace swast
