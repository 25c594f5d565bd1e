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
    config_.workers.max = 2;
    accept("v1", "film");
    exporter_ = std::make_unique<TsExporter>(config_, *library_, *shelf_);
    set_source("a segment of a track");
  }

  void set_source(std::string_view text) {
    core::UniqueFd fd(::memfd_create("source", MFD_CLOEXEC));
    ASSERT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    source_ = std::make_shared<http::OpenFile>(std::move(fd), text.size());
  }
  TsSegment segment(uint64_t first) const {
    return {.video_id = "v1",
            .quality = "360p",
            .first = first,
            .last = first + 2,
            .file = source_,
            .source = {{.offset = 0, .size = source_->size()}}};
  }
  Path make(uint64_t first) {
    core::Cancellation never;
    return core_->block_on(exporter_->make(segment(first), never));
  }
  std::string path_of(uint64_t first) const {
    return paths().ts_segment("v1", "360p", first, first + 2);
  }
  std::string text_of(const std::string& path) const {
    const auto bytes = test::read_file(path);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  /// A viewer that may go away.
  struct Viewer {
    core::Cancellation gone;
    std::optional<Path> made;
  };
  void ask_for(uint64_t first, Viewer& viewer) {
    core_->spawn([](TsExporter& exporter, TsSegment wanted, Viewer& its) -> core::Task<void> {
      its.made = co_await exporter.make(std::move(wanted), its.gone);
    }(*exporter_, segment(first), viewer));
  }
  /// Asks for many at the same time.
  std::vector<std::optional<Path>> make_all(const std::vector<uint64_t>& firsts) {
    std::vector<Viewer> viewers(firsts.size());
    for (size_t i = 0; i < firsts.size(); ++i) ask_for(firsts[i], viewers[i]);
    until([&] { return core_->tasks() == 0; });
    std::vector<std::optional<Path>> made;
    for (Viewer& viewer : viewers) made.push_back(std::move(viewer.made));
    return made;
  }
  /// Until the worker of that segment, which hangs, has written all it will.
  void until_written(uint64_t first) {
    const std::string part = path_of(first) + ".part";
    until([&] { return exists(part) && std::filesystem::file_size(part) == source_->size(); });
  }

  core::Config config_;
  std::unique_ptr<TsExporter> exporter_;
  TrackFile source_;
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

TEST_F(TsExporterTest, RunsOneWorkerBesideJobsThatHaveAllThePlaces) {
  const core::Gate::Pass one_job = library_->workers().enter();
  const core::Gate::Pass another = library_->workers().enter();
  std::array<Viewer, 4> viewers;
  for (size_t i = 0; i < viewers.size(); ++i) ask_for(i * 3, viewers[i]);
  uint32_t most = 0;
  until([&] {
    most = std::max(most, library_->workers().inside());
    return std::ranges::all_of(viewers,
                               [](const Viewer& viewer) { return viewer.made.has_value(); });
  });
  EXPECT_EQ(most, 3U);
  for (const Viewer& viewer : viewers) EXPECT_TRUE(*viewer.made);
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

TEST_F(TsExporterTest, RefusesMoreThanCanWaitForOne) {
  config_.workers.path = "/nowhere/millrace-worker";
  size_t refused = 0;
  for (const auto& made : make_all(std::vector<uint64_t>(TsExporter::kAskersMax + 2, 0))) {
    ASSERT_TRUE(made);
    ASSERT_FALSE(*made);
    if (made->error().code == core::ErrorCode::kOverloaded) ++refused;
  }
  EXPECT_EQ(refused, 2U);
}

TEST_F(TsExporterTest, StopsWaitingForAViewerWhoGoesAndGoesOnForTheOther) {
  Viewer goes;
  Viewer stays;
  ask_for(0, goes);
  ask_for(0, stays);
  until([&] { return exporter_->export_count() == 1; });
  goes.gone.request(core::ErrorCode::kClosed);
  until([&] { return goes.made.has_value(); });
  ASSERT_FALSE(*goes.made);
  EXPECT_EQ(goes.made->error().code, core::ErrorCode::kClosed);
  until([&] { return stays.made.has_value(); });
  EXPECT_TRUE(*stays.made);
  EXPECT_EQ(text_of(path_of(0)), "a segment of a track");
}

TEST_F(TsExporterTest, GivesUpWhatNobodyWaitsForAndMakesItAnewWhenAsked) {
  set_source("hang");
  Viewer first;
  ask_for(0, first);
  until_written(0);
  first.gone.request(core::ErrorCode::kClosed);
  set_source("good now");
  Viewer second;
  ask_for(0, second);
  until([&] { return core_->tasks() == 0; });
  ASSERT_TRUE(second.made && *second.made);
  EXPECT_EQ(text_of(path_of(0)), "good now");
  EXPECT_EQ(exporter_->kept_bytes(), source_->size());
}

TEST_F(TsExporterTest, LeavesNoFileOfAVideoThatIsRemovedMeanwhile) {
  EXPECT_TRUE(make(6));
  set_source("hang");
  std::vector<Viewer> viewers(TsExporter::kAtOnce + 1);  // The last waits for a place.
  for (size_t i = 0; i < viewers.size(); ++i) ask_for(i * 10, viewers[i]);
  for (size_t i = 0; i < TsExporter::kAtOnce; ++i) until_written(i * 10);
  ASSERT_TRUE(core_->block_on(library_->remove_video("v1")));
  EXPECT_FALSE(exists(paths().segments_folder("v1")));
  until([&] { return core_->tasks() == 0; });
  for (const Viewer& viewer : viewers) {
    ASSERT_TRUE(viewer.made && !*viewer.made);
    EXPECT_EQ(viewer.made->error().code, core::ErrorCode::kNotFound);
  }
  EXPECT_EQ(exporter_->export_count(), 0U);
  EXPECT_EQ(exporter_->kept_bytes(), 0U);
  EXPECT_EQ(make(0).error().code, core::ErrorCode::kNotFound);
  EXPECT_FALSE(exists(paths().segments_folder("v1")));
}

TEST_F(TsExporterTest, EndsItsWorkersWhenTheServerStops) {
  set_source("hang");
  Viewer viewer;
  ask_for(0, viewer);
  until_written(0);
  core_->stopping().request();
  until([&] { return core_->tasks() == 0; });
  ASSERT_TRUE(viewer.made && !*viewer.made);
  EXPECT_EQ(viewer.made->error().code, core::ErrorCode::kCancelled);
  EXPECT_FALSE(exists(path_of(0) + ".part"));
}

TEST_F(TsExporterTest, LeavesNothingOfWhatCannotBeMadeAndTriesAgain) {
  set_source("damage");
  const Path failed = make(0);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, core::ErrorCode::kInternal);
  EXPECT_FALSE(exists(path_of(0) + ".part"));
  EXPECT_FALSE(exists(path_of(0)));
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
