#include "media/ffmpeg/outlet.h"

#include <utility>

namespace millrace::media::ffmpeg {

template <class Report>
Outcome<> Outlet::pass(Report&& report) {
  if (failed()) return verdict();
  const core::Result<> passed = report();
  if (passed) return {};
  const auto failure = worker::job_failure(passed.error());
  fail(failure.error());
  return failure;
}

Outcome<> Outlet::probe(const worker::ProbeReport& report) {
  return pass([&] { return sink_.probe(report); });
}

Outcome<> Outlet::source_length(const worker::SourceLength& length) {
  return pass([&] { return sink_.source_length(length); });
}

Outcome<uint32_t> Outlet::announce(worker::TrackReport report) {
  // Held over the report itself: the numbers must arrive in order.
  const std::unique_lock lock(mutex_);
  report.track = tracks_;
  if (failure_) return std::unexpected(*failure_);
  if (const core::Result<> passed = sink_.track(report); !passed) {
    return worker::job_failure(passed.error());
  }
  return tracks_++;
}

Outcome<> Outlet::announce_again(const worker::TrackReport& report) {
  return pass([&] { return sink_.track(report); });
}

Outcome<> Outlet::part(const worker::PartReport& report) {
  return pass([&] { return sink_.part(report); });
}

Outcome<> Outlet::notice(const worker::Notice& notice) {
  return pass([&] { return sink_.notice(notice); });
}

Outcome<> Outlet::fragment(const worker::FragmentReport& report) {
  return pass([&] { return sink_.fragment(report); });
}

Outcome<> Outlet::track_done(uint32_t track) {
  return pass([&] { return sink_.track_done(track); });
}

Outcome<> Outlet::image(const worker::ImageReport& report) {
  return pass([&] { return sink_.image(report); });
}

Outcome<> Outlet::progress(const worker::Progress& progress) {
  return pass([&] { return sink_.progress(progress); });
}

void Outlet::fail(JobFailure failure) {
  const std::unique_lock lock(mutex_);
  if (!failure_) failure_ = std::move(failure);
  failed_.store(true, std::memory_order_release);
}

Outcome<> Outlet::verdict() const {
  const std::unique_lock lock(mutex_);
  if (failure_) return std::unexpected(*failure_);
  return {};
}

}  // namespace millrace::media::ffmpeg
