// How often what goes wrong.
#pragma once

#include "tests/sim/random.h"

namespace millrace::sim {

/// In thousandths of the occasions; all zero: nothing goes wrong.
struct Faults {
  unsigned idle = 0;            ///< An operation makes no progress in this turn.
  unsigned short_receive = 0;   ///< Fewer bytes than there are.
  unsigned short_send = 0;      ///< Fewer bytes than there is room for.
  unsigned short_file = 0;      ///< Fewer bytes of a file than were asked for.
  unsigned blocked_send = 0;    ///< EAGAIN although there is room.
  unsigned interrupted = 0;     ///< EINTR.
  unsigned cold = 0;            ///< A page is not in memory.
  unsigned accept_error = 0;    ///< EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED.
  unsigned receive_error = 0;   ///< ENOMEM, ECONNRESET, ETIMEDOUT.
  unsigned send_error = 0;      ///< ENOMEM, ENOBUFS, ECONNRESET, ETIMEDOUT.
  unsigned poll_error = 0;      ///< ENOMEM.
  unsigned false_ready = 0;     ///< A poll that completes for nothing.
  unsigned file_error = 0;      ///< EIO, ENOMEM; EMFILE of an open; ENOSPC of a write.
  unsigned call_error = 0;      ///< ENOBUFS, ENOMEM of calls that make or describe a socket.
  unsigned multishot_ends = 0;  ///< A multishot operation completes for the last time.
  unsigned late_cancel = 0;     ///< An operation completes although it was cancelled.

  /// Each kind is absent from half of the seeds, so that one does not hide another.
  static Faults draw(Random& random) noexcept {
    Faults faults;
    const auto often = [&] { return random.chance(500) ? 0 : unsigned(random.between(1, 500)); };
    const auto seldom = [&] { return random.chance(500) ? 0 : unsigned(random.between(1, 60)); };
    for (unsigned Faults::* rate :
         {&Faults::idle, &Faults::short_receive, &Faults::short_send, &Faults::short_file,
          &Faults::blocked_send, &Faults::interrupted, &Faults::cold, &Faults::false_ready,
          &Faults::late_cancel, &Faults::multishot_ends}) {
      faults.*rate = often();
    }
    for (unsigned Faults::* rate :
         {&Faults::accept_error, &Faults::receive_error, &Faults::send_error, &Faults::poll_error,
          &Faults::file_error, &Faults::call_error}) {
      faults.*rate = seldom();
    }
    return faults;
  }
};

}  // namespace millrace::sim
