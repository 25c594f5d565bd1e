#include "tests/media/upload/test_bench.h"

#include <fstream>
#include <iterator>

#include "http/dispatch.h"

namespace millrace::media::upload::test {

using http::Method;

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Bench::Running::Running(Bench& bench)
    : uploads({.home = *bench.core_,
               .control = bench.control_,
               .catalogue = *bench.catalogue_,
               .store = bench.store_,
               .limits = bench.limits_,
               .accepted = {.self = &bench, .show = &Bench::show, .to_json = &Bench::to_json},
               .metrics = bench.metrics_}),
      tus(uploads),
      routes(uploads, tus) {
  using http::endpoint;
  const std::string one = std::string(kUploadPath) + "/{upload}";
  router.add(Method::kOptions, kUploadPath, endpoint<&TusRoutes::options_uploads>(tus));
  router.add(Method::kPost, kUploadPath, endpoint<&UploadRoutes::post_upload>(routes));
  router.add(Method::kPut, one, endpoint<&UploadRoutes::put_upload>(routes));
  router.add(Method::kHead, one, endpoint<&TusRoutes::head_upload>(tus));
  router.add(Method::kPatch, one, endpoint<&TusRoutes::patch_upload>(tus));
  router.add(Method::kDelete, one, endpoint<&TusRoutes::delete_upload>(tus));
  router.add(Method::kPost, one, endpoint<&TusRoutes::post_override>(tus));
}

void Bench::start() {
  uploads_.reset();
  catalogue_.reset();
  catalogue_ = catalogue::test::must_open(folder_.file("catalogue.db"));
  auto report = recover_uploads(*catalogue_, store_, now());
  EXPECT_TRUE(report);
  report_ = report.value_or(RecoveryReport{});
  uploads_ = std::make_unique<Running>(*this);
}

core::Task<http::Outgoing> Bench::ask_later(Asked asked) {
  core::Cancellation cancellation;
  ScriptedBody body(std::move(asked.body), cancellation);
  http::Request request(head_of(asked), body, cancellation, http::PeerAddress());
  const http::Site site{
      .router = uploads_->router, .metrics = server_metrics_, .cors = {}, .limits = {}};
  co_return co_await http::dispatch(core_->clock(), site, request);
}

http::Outgoing Bench::ask(Asked asked) { return core_->block_on(ask_later(std::move(asked))); }

Asked Bench::patch_request(const std::string& address, uint64_t offset, Sent body, Fields more) {
  more.emplace_back("Tus-Resumable", "1.0.0");
  more.emplace_back("Content-Type", "application/offset+octet-stream");
  more.emplace_back("Upload-Offset", std::to_string(offset));
  return {.method = Method::kPatch,
          .target = address,
          .fields = std::move(more),
          .body = std::move(body)};
}

std::string Bench::create(uint64_t length, Fields more) {
  more.emplace_back("Upload-Length", std::to_string(length));
  return create_with(std::move(more));
}

std::string Bench::create_with(Fields fields) {
  fields.emplace_back("Tus-Resumable", "1.0.0");
  const http::Outgoing made =
      ask({.method = Method::kPost, .target = std::string(kUploadPath), .fields = fields});
  EXPECT_EQ(made.status, 201);
  return std::string(made.headers.find("Location"));
}

http::Outgoing Bench::put(const std::string& target, Sent body, std::optional<uint64_t> size) {
  return ask({.method = Method::kPut,
              .target = std::string(kUploadPath) + target,
              .body = std::move(body),
              .content_length = size});
}

std::vector<catalogue::VideoRecord> Bench::videos() {
  std::vector<catalogue::VideoRecord> list;
  const auto changes = catalogue_->load_videos();
  for (const auto& change : changes.value()) list.push_back(*change.video);
  return list;
}

}  // namespace millrace::media::upload::test
