// Removes whole folders without holding up a thread.
#pragma once

#include <string>

#include "core/control.h"
#include "core/ring.h"
#include "core/task.h"

namespace millrace::media::library {

/// Removes `folder` and all that is in it. Only the listing is the control thread's: giving back
/// the blocks of a large film takes a file system seconds, and happens in the kernel's own threads
/// meanwhile. A symbolic link goes, and what it points at stays. Nothing there is no error. Errors:
/// kOverloaded, kOs (something new in it, for one); then a part of it may be gone.
core::Task<core::Result<>> remove_tree(core::ControlThread& control, core::Ring& ring,
                                       std::string folder);

}  // namespace millrace::media::library
