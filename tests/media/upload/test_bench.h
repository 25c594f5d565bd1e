// Everything an upload goes through except the connection: routes, ring, control thread, catalogue
// and files.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/control.h"
#include "core/core.h"
#include "core/metrics.h"
#include "http/outgoing.h"
#include "http/router.h"
#include "http/server_metrics.h"
#include "media/upload/recovery.h"
#include "media/upload/tus_routes.h"
#include "media/upload/upload_routes.h"
#include "tests/media/catalogue/test_store.h"
#include "tests/media/upload/scripted_request.h"

namespace millrace::media::upload::test {

using catalogue::Timestamp;
using catalogue::test::TemporaryFolder;

std::string content_of(const std::string& path);

/// A server of uploads on the test's own thread. Starting it again on the same folder is a restart;
/// what runs when it is dropped in the middle is a crash.
class Bench {
 public:
  explicit Bench(UploadLimits limits = small_limits()) : Bench(limits, nullptr) {}
  /// On a folder that outlives it.
  explicit Bench(const TemporaryFolder& folder) : Bench(small_limits(), &folder) {}

  static UploadLimits small_limits() { return {.size_max = 10'000'000, .free_floor = 0}; }

  void start();

  http::Outgoing ask(Asked asked);
  /// The same as a task of its own, for requests that overlap.
  core::Task<http::Outgoing> ask_later(Asked asked);
  static Asked patch_request(const std::string& address, uint64_t offset, Sent body,
                             Fields more = {});

  /// POST of tus; yields the address.
  std::string create(uint64_t length, Fields more = {});
  std::string create_with(Fields fields);
  http::Outgoing patch(const std::string& address, uint64_t offset, Sent body, Fields more = {}) {
    return ask(patch_request(address, offset, std::move(body), std::move(more)));
  }
  http::Outgoing with_tus(http::Method method, const std::string& address) {
    return ask({.method = method, .target = address, .fields = {{"Tus-Resumable", "1.0.0"}}});
  }
  std::string offset(const std::string& address) {
    return std::string(with_tus(http::Method::kHead, address).headers.find("Upload-Offset"));
  }

  std::vector<catalogue::VideoRecord> videos();
  static std::string id_of(const std::string& address) {
    return address.substr(address.rfind('/') + 1);
  }
  Timestamp now() { return std::chrono::floor<std::chrono::milliseconds>(clock_.unix_now()); }

  http::Outgoing put(const std::string& target, Sent body, std::optional<uint64_t> size = {});

  core::SimulatedClock& clock() { return clock_; }
  core::Core& core() { return *core_; }
  core::Metrics& metrics() { return metrics_; }
  const UploadStore& store() { return store_; }
  catalogue::Catalogue& catalogue() { return *catalogue_; }
  Uploads& uploads() { return uploads_->uploads; }
  const http::Router& router() { return uploads_->router; }
  const RecoveryReport& report() const { return report_; }
  const std::vector<std::string>& shown() const { return shown_; }

 private:
  struct Running {
    explicit Running(Bench& bench);
    Uploads uploads;
    TusRoutes tus;
    UploadRoutes routes;
    http::Router router;
  };

  static core::Task<> show(void* self, catalogue::VideoChange change) {
    static_cast<Bench*>(self)->shown_.push_back(change.id);
    co_return;
  }
  static std::string to_json(void*, const catalogue::VideoRecord& video) {
    return "{\"id\":\"" + video.id + "\"}";
  }

  Bench(UploadLimits limits, const TemporaryFolder* folder)
      : limits_(limits), folder_(folder == nullptr ? own_folder_ : *folder) {
    start();
  }

  const UploadLimits limits_;
  TemporaryFolder own_folder_;
  const TemporaryFolder& folder_;
  UploadStore store_{folder_.file("uploads")};
  core::SimulatedClock clock_;
  core::Metrics metrics_;
  http::ServerMetrics server_metrics_{metrics_};
  core::ControlThread control_;
  std::unique_ptr<core::Core> core_ = std::move(*core::Core::create({}, clock_));
  std::unique_ptr<catalogue::Catalogue> catalogue_;
  RecoveryReport report_;
  std::vector<std::string> shown_;
  std::unique_ptr<Running> uploads_;
};

}  // namespace millrace::media::upload::test
