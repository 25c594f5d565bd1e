#include "media/library/ts_exporter.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/media/library/library_test_bench.h"

namespace millrace::media::library {
namespace {

using Path = core::Result<std::string>;

class TsExporterTest : public LibraryTestBench {
 protected:
  TsExporterTest() {
    config_.workers.path = MR_SCRIPTED_WORKER;
    config_.store.free_space_floor = core::ByteCount{0};
    exporter_ = std::make_unique<TsExporter>(config_, *library_);
    set_source("a segment of a track");
  }

  void set_source(std::string_view text) {
    source_.reset(::memfd_create("source", MFD_CLOEXEC));
    ASSERT_EQ(::write(source_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    size_ = text.size();
  }
  TsSegment segment(uint64_t first) const {
    return {.video_id = "v1",
            .quality = "360p",
            .first = first,
            .last = first + 2,
            .source = {{.fd = source_.get(), .offset = 0, .size = size_}}};
  }
  Path make(uint64_t first) { return core_->block_on(exporter_->make(segment(first))); }
  std::string text_of(const std::string& path) const {
    const auto bytes = test::read_file(path);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  /// Asks for many at the same time.
  std::vector<std::optional<Path>> make_all(const std::vector<uint64_t>& firsts) {
    std::vector<std::optional<Path>> made(firsts.size());
    for (size_t i = 0; i < firsts.size(); ++i) {
      core_->spawn(
          [](TsExporter& exporter, TsSegment wanted, std::optional<Path>& out) -> core::Task<void> {
            out = co_await exporter.make(std::move(wanted));
          }(*exporter_, segment(firsts[i]), made[i]));
    }
    until([&] { return core_->tasks() == 0; });
    return made;
  }

  core::Config config_;
  std::unique_ptr<TsExporter> exporter_;
  core::UniqueFd source_;
  size_t size_ = 0;
};

TEST_F(TsExporterTest, MakesAFileWhereItIsLookedFor) {
  const Path made = make(3);
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(*made, paths().ts_segment("v1", "360p", 3, 5));
  EXPECT_EQ(text_of(*made), "a segment of a track");
  EXPECT_FALSE(exists(*made + ".part"));
}

TEST_F(TsExporterTest, MakesASegmentOnceForAllWhoAskForIt) {
  for (const auto& made : make_all({0, 0, 0, 0})) {
    ASSERT_TRUE(made && *made);
    EXPECT_EQ(**made, paths().ts_segment("v1", "360p", 0, 2));
  }
}

TEST_F(TsExporterTest, MakesManyOneAfterTheOther) {
  const auto all = make_all({0, 3, 6, 9, 12});
  for (const auto& made : all) {
    ASSERT_TRUE(made && *made);
    EXPECT_TRUE(exists(**made));
  }
}

TEST_F(TsExporterTest, RefusesMoreThanCanWait) {
  config_.workers.path = "/nowhere/millrace-worker";  // Nothing needs to be made for this.
  std::vector<uint64_t> firsts;
  for (uint64_t i = 0; i < TsExporter::kWaitingMax + TsExporter::kAtOnce + 3; ++i) {
    firsts.push_back(i * 3);
  }
  size_t refused = 0;
  for (const auto& made : make_all(firsts)) {
    ASSERT_TRUE(made);
    ASSERT_FALSE(*made);
    if (made->error().code == core::ErrorCode::kOverloaded) ++refused;
  }
  EXPECT_EQ(refused, 3U);
}

TEST_F(TsExporterTest, LeavesNothingOfWhatCannotBeMadeAndTriesAgain) {
  set_source("damage");
  const Path failed = make(0);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, core::ErrorCode::kInternal);
  EXPECT_FALSE(exists(paths().ts_segment("v1", "360p", 0, 2) + ".part"));
  EXPECT_FALSE(exists(paths().ts_segment("v1", "360p", 0, 2)));
  set_source("unknown");
  EXPECT_EQ(make(0).error().code, core::ErrorCode::kNotFound) << "MPEG-TS has no such codec";
  set_source("good now");
  EXPECT_TRUE(make(0));
}

TEST_F(TsExporterTest, KeepsTheDiskFreeForWhatCannotBeMadeAgain) {
  config_.store.free_space_floor = core::ByteCount{UINT64_MAX / 2};
  const Path refused = make(0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::ErrorCode::kNoSpace);
}

}  // namespace
}  // namespace millrace::media::library
