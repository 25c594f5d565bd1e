// Everything an upload goes through except the connection: routes, ring, control thread, catalogue
// and files.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/control.h"
#include "core/core.h"
#include "http/dispatch.h"
#include "media/upload/recovery.h"
#include "media/upload/tus_routes.h"
#include "media/upload/upload_routes.h"
#include "tests/media/catalogue/test_store.h"
#include "tests/media/upload/scripted_request.h"

namespace millrace::media::upload::test {

using catalogue::Timestamp;
using catalogue::test::TemporaryFolder;

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A server of uploads on the test's own thread. Starting it again on the same folder is a restart;
/// what runs when it is dropped in the middle is a crash.
class Bench {
 public:
  explicit Bench(UploadLimits limits = small_limits()) : Bench(limits, nullptr) {}
  /// On a folder that outlives it.
  explicit Bench(const TemporaryFolder& folder) : Bench(small_limits(), &folder) {}

  static UploadLimits small_limits() { return {.size_max = 10'000'000, .free_floor = 0}; }

  void start() {
    uploads_.reset();
    catalogue_.reset();
    catalogue_ = catalogue::test::must_open(folder_.file("catalogue.db"));
    auto report = recover_uploads(*catalogue_, store_, now());
    EXPECT_TRUE(report);
    report_ = report.value_or(RecoveryReport{});
    uploads_ = std::make_unique<Running>(*this);
  }

  http::Outgoing ask(Asked asked) {
    core::Cancellation cancellation;
    ScriptedBody body(std::move(asked.body), cancellation);
    http::Request request(head_of(asked), body, cancellation, "192.0.2.7");
    return core_->block_on(http::dispatch(uploads_->router, {}, request));
  }

  /// POST of tus; yields the address.
  std::string create(uint64_t length, Fields more = {}) {
    more.emplace_back("Upload-Length", std::to_string(length));
    return create_with(std::move(more));
  }
  std::string create_with(Fields fields) {
    fields.emplace_back("Tus-Resumable", "1.0.0");
    const http::Outgoing made =
        ask({.method = http::Method::kPost, .target = std::string(kUploadPath), .fields = fields});
    EXPECT_EQ(made.status, 201);
    return std::string(made.headers.find("Location"));
  }
  http::Outgoing patch(const std::string& address, uint64_t offset, Sent body, Fields more = {}) {
    more.emplace_back("Tus-Resumable", "1.0.0");
    more.emplace_back("Content-Type", "application/offset+octet-stream");
    more.emplace_back("Upload-Offset", std::to_string(offset));
    return ask({.method = http::Method::kPatch,
                .target = address,
                .fields = std::move(more),
                .body = std::move(body)});
  }
  http::Outgoing with_tus(http::Method method, const std::string& address) {
    return ask({.method = method, .target = address, .fields = {{"Tus-Resumable", "1.0.0"}}});
  }
  std::string offset(const std::string& address) {
    return std::string(with_tus(http::Method::kHead, address).headers.find("Upload-Offset"));
  }

  std::vector<catalogue::VideoRecord> videos() {
    std::vector<catalogue::VideoRecord> list;
    const auto changes = catalogue_->load_videos();
    for (const auto& change : changes.value()) list.push_back(*change.video);
    return list;
  }
  static std::string id_of(const std::string& address) {
    return address.substr(address.rfind('/') + 1);
  }
  Timestamp now() { return std::chrono::floor<std::chrono::milliseconds>(clock_.unix_now()); }

  http::Outgoing put(const std::string& target, Sent body, std::optional<uint64_t> size = {}) {
    return ask({.method = http::Method::kPut,
                .target = std::string(kUploadPath) + target,
                .body = std::move(body),
                .content_length = size});
  }

  core::SimulatedClock& clock() { return clock_; }
  core::Core& core() { return *core_; }
  const UploadStore& store() { return store_; }
  catalogue::Catalogue& catalogue() { return *catalogue_; }
  Uploads& uploads() { return uploads_->uploads; }
  const http::Router& router() { return uploads_->router; }
  const RecoveryReport& report() const { return report_; }
  const std::vector<std::string>& shown() const { return shown_; }

 private:
  struct Running {
    explicit Running(Bench& bench)
        : uploads({.home = *bench.core_,
                   .control = bench.control_,
                   .catalogue = *bench.catalogue_,
                   .store = bench.store_,
                   .limits = bench.limits_,
                   .accepted = {.self = &bench, .show = &Bench::show, .to_json = &Bench::to_json}}),
          tus(uploads),
          routes(uploads, tus) {
      using http::endpoint;
      using http::Method;
      const std::string one = std::string(kUploadPath) + "/{upload}";
      router.add(Method::kOptions, kUploadPath, endpoint<&TusRoutes::options_uploads>(tus));
      router.add(Method::kPost, kUploadPath, endpoint<&UploadRoutes::post_upload>(routes));
      router.add(Method::kPut, one, endpoint<&UploadRoutes::put_upload>(routes));
      router.add(Method::kHead, one, endpoint<&TusRoutes::head_upload>(tus));
      router.add(Method::kPatch, one, endpoint<&TusRoutes::patch_upload>(tus));
      router.add(Method::kDelete, one, endpoint<&TusRoutes::delete_upload>(tus));
      router.add(Method::kPost, one, endpoint<&TusRoutes::post_override>(tus));
    }
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
  core::ControlThread control_;
  std::unique_ptr<core::Core> core_ = std::move(*core::Core::create({}, clock_));
  std::unique_ptr<catalogue::Catalogue> catalogue_;
  RecoveryReport report_;
  std::vector<std::string> shown_;
  std::unique_ptr<Running> uploads_;
};

}  // namespace millrace::media::upload::test
