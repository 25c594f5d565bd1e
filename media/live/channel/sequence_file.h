// The numbers that a stream must not use again, on disk (PL-13, PL-23).
#pragma once

#include <string>

#include "core/result.h"
#include "media/live/rendition_window.h"

namespace millrace::media::live {

/// What `write_floors` wrote last; a file that does not exist yields the first floors. Blocks: for
/// the control thread. Errors: kMalformed, kOs.
core::Result<SequenceFloors> read_floors(const std::string& path);

/// Durable when it is done, and never half: a crash leaves the old floors or the new. Makes the
/// folders above. Blocks: for the control thread. Errors: kNoSpace, kOs.
core::Result<> write_floors(const std::string& path, const SequenceFloors& floors);

}  // namespace millrace::media::live
