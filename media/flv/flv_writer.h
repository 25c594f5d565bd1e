// Writes FLV: the header once, and then tag after tag. Appends to bytes in memory; no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "media/flv/tag.h"

namespace millrace::media::flv {

/// A header that promises sound and pictures: which of them come is seen later.
void append_header(std::vector<std::byte>& out);

/// The lower 32 bits of the timestamp are written: see FlvReader. `tag.body` is at most
/// kBodySizeMax bytes and does not lie in `out`.
void append_tag(std::vector<std::byte>& out, const Tag& tag);

}  // namespace millrace::media::flv
