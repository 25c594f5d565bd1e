#include "media/api/playlist_cache.h"

#include <gtest/gtest.h>

#include "tests/media/library/stored_video.h"

namespace millrace::media::api {
namespace {

using Tracks = core::Snapshot<library::VideoTracks>;

class PlaylistCacheTest : public ::testing::Test {
 protected:
  PlaylistCacheTest() { add("v1"); }

  void add(const std::string& id) {
    shelf_.load({catalogue::VideoChange{
        .revision = ++revision_,
        .id = id,
        .video = std::make_shared<catalogue::VideoRecord>(test::ready_record(id))}});
  }
  void remove(const std::string& id) {
    shelf_.apply(catalogue::VideoChange{.revision = ++revision_, .id = id, .video = nullptr});
    cache_.forget(id);
  }
  static Tracks open(const std::string& id) {
    const test::TrackFile track = test::small_video();
    return std::make_shared<library::VideoTracks>(
        id, std::vector<library::StoredRendition>{
                {.rendition = {.quality = "180p", .index = track.index},
                 .file = std::make_shared<http::OpenFile>(core::UniqueFd(), track.bytes.size())}});
  }
  /// The text, made up if it must be made.
  std::string find(const Tracks& tracks) {
    const auto render = [&]() -> core::Result<std::string> {
      return "rendered " + std::to_string(++rendered_);
    };
    const http::Response found = *cache_.find(tracks, "name", render);
    const http::Response text = found.shared != nullptr ? found.shared->copy() : http::Response();
    const http::Body& body = found.shared != nullptr ? text.body : found.body;
    return *std::get<http::SharedBytes>(body).identity;
  }

  uint64_t revision_ = 0;
  int rendered_ = 0;
  library::Shelf shelf_;
  PlaylistCache cache_{shelf_};
};

TEST_F(PlaylistCacheTest, RendersOnceForTheSameTracks) {
  const Tracks tracks = open("v1");
  EXPECT_EQ(find(tracks), "rendered 1");
  EXPECT_EQ(find(tracks), "rendered 1");
  EXPECT_EQ(find(open("v1")), "rendered 2") << "opened again, they may be others";
  EXPECT_EQ(cache_.size(), 1U);
}

TEST_F(PlaylistCacheTest, KeepsNoFileOpen) {
  Tracks tracks = open("v1");
  find(tracks);
  const std::weak_ptr<const http::OpenFile> file = tracks->file(0);
  tracks.reset();
  EXPECT_EQ(cache_.size(), 1U);
  EXPECT_TRUE(file.expired());
}

TEST_F(PlaylistCacheTest, KeepsNothingOfAVideoThatWasRemovedWhileItWasLoaded) {
  const Tracks tracks = open("v1");
  EXPECT_EQ(find(tracks), "rendered 1");
  remove("v1");
  EXPECT_EQ(cache_.size(), 0U);
  EXPECT_EQ(find(tracks), "rendered 2") << "whoever has the tracks is answered";
  EXPECT_EQ(cache_.size(), 0U);
}

}  // namespace
}  // namespace millrace::media::api
