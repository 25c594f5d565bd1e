#include "media/library/download_cache.h"

#include <gtest/gtest.h>

#include "tests/media/library/library_test_bench.h"

namespace millrace::media::library {
namespace {

using Layout = core::Result<core::Snapshot<http::FileLayout>>;

class DownloadCacheTest : public LibraryTestBench {
 protected:
  DownloadCacheTest() {
    accept("v1", "film");
    store_.add_track("v1", "360p", test::small_video());
    store_.add_track("v1", "audio-128k", test::small_audio());
    cache_ = std::make_unique<DownloadCache>(core_->ring(), *shelf_);
  }
  core::Snapshot<VideoTracks> load() {
    TrackLoader loader(core_->ring(), paths());
    core::Cancellation never;
    catalogue::VideoRecord video = test::ready_record("v1");
    video.formats = {test::format_record("360p", catalogue::FormatKind::kVideo),
                     test::format_record("audio-128k", catalogue::FormatKind::kAudio)};
    const auto record = std::make_shared<catalogue::VideoRecord>(std::move(video));
    return core_->block_on(loader.load(record, never)).value();
  }
  static DownloadCache::Wanted wanted(core::Snapshot<VideoTracks> tracks, std::string version) {
    const auto formats = vod::formats_of(tracks->presentation());
    const auto muxed = std::ranges::find(formats, vod::FormatKind::kMuxed, &vod::Format::kind);
    return {.tracks = std::move(tracks), .format = *muxed, .version = std::move(version)};
  }
  Layout find(core::Snapshot<VideoTracks> tracks, std::string version = "1") {
    core::Cancellation never;
    return core_->block_on(cache_->find(wanted(std::move(tracks), std::move(version)), never));
  }

  std::unique_ptr<DownloadCache> cache_;
};

TEST_F(DownloadCacheTest, LaysOutOnceAndKeepsNoFileOpen) {
  auto tracks = load();
  const Layout first = find(tracks);
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_GT((*first)->head().size(), 0U);
  EXPECT_EQ(find(tracks)->get(), first->get());
  const std::weak_ptr<const http::OpenFile> file = tracks->file(0);
  tracks.reset();
  EXPECT_TRUE(file.expired());
  EXPECT_EQ(cache_->size(), 1U);
  EXPECT_EQ(find(load())->get(), first->get()) << "opened again, it is laid out as before";
  EXPECT_NE(find(load(), "2")->get(), first->get()) << "made anew, it is not";
}

TEST_F(DownloadCacheTest, LaysOutOnceForAllWhoAskAtTheSameTime) {
  const auto tracks = load();
  std::array<std::optional<Layout>, 3> layouts;
  core::Cancellation never;
  for (auto& layout : layouts) {
    core_->spawn([](DownloadCache& cache, DownloadCache::Wanted its, core::Cancellation& gone,
                    std::optional<Layout>& out) -> core::Task<void> {
      out = co_await cache.find(std::move(its), gone);
    }(*cache_, wanted(tracks, "1"), never, layout));
  }
  until([&] { return core_->tasks() == 0; });
  for (const auto& layout : layouts) {
    ASSERT_TRUE(layout && *layout);
    EXPECT_EQ((*layout)->get(), (*layouts[0])->get());
  }
}

TEST_F(DownloadCacheTest, KeepsNothingOfAVideoThatIsRemovedWhileItIsLoadedOrLaidOut) {
  const auto tracks = load();
  std::optional<Layout> layout;
  core::Cancellation never;
  core_->spawn([](DownloadCache& cache, DownloadCache::Wanted its, core::Cancellation& gone,
                  std::optional<Layout>& out) -> core::Task<void> {
    out = co_await cache.find(std::move(its), gone);
  }(*cache_, wanted(tracks, "1"), never, layout));
  until([&] { return cache_->size() == 1; });
  ASSERT_TRUE(core_->block_on(library_->remove_video("v1")));
  cache_->forget("v1");  // As the hook of the removal does.
  until([&] { return layout.has_value(); });
  EXPECT_EQ(cache_->size(), 0U);
  EXPECT_EQ(find(tracks).error().code, core::ErrorCode::kNotFound);
  EXPECT_EQ(cache_->size(), 0U);
}

}  // namespace
}  // namespace millrace::media::library
