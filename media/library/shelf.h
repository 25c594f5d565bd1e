// What one core knows of the videos: the catalogue, and what is being made right now.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/event.h"
#include "media/catalogue/catalogue_view.h"
#include "media/library/rendition.h"
#include "media/worker/report.h"

namespace millrace::media::library {

/// A track under construction has grown, or appeared.
struct Growth {
  std::string video_id;
  StoredRendition rendition;
};

/// How far a video's job is.
struct ProgressNews {
  std::string video_id;
  worker::Progress progress;
};

/// A job ended, one way or the other: what it was making is no longer served from memory.
struct MakingEnded {
  std::string video_id;
};

/// A video that a worker is making.
struct Making {
  worker::Progress progress{.seconds_left = -1};
  core::Snapshot<VideoTracks> tracks;  ///< Null before the first fragment.

  [[nodiscard]] size_t rendition_count() const noexcept {
    return tracks == nullptr ? 0 : tracks->presentation().renditions.size();
  }
};

/// Told when a video is removed, so that nothing keeps its files open and its space taken.
class RemovalHook : public core::ListNode {
 public:
  using OnRemoved = void (*)(RemovalHook*, std::string_view video_id) noexcept;
  explicit RemovalHook(OnRemoved on_removed) noexcept : on_removed_(on_removed) {}

 private:
  friend class Shelf;
  OnRemoved on_removed_;
};

/// One per core, used there only; kept up to date by the Announcer.
class Shelf {
 public:
  [[nodiscard]] const catalogue::CatalogueView& catalogue() const noexcept { return catalogue_; }
  [[nodiscard]] core::Snapshot<catalogue::VideoRecord> find(std::string_view id) const {
    return catalogue_.find(id);
  }
  /// Null unless a worker is making the video now. Valid until the next wait.
  [[nodiscard]] const Making* making(std::string_view id) const;

  void load(const std::vector<catalogue::VideoChange>& videos) { catalogue_.load(videos); }
  void apply(const catalogue::VideoChange& change);
  void apply(const Growth& growth);
  void apply(const ProgressNews& news);
  void apply(const MakingEnded& ended);

  /// `hook` is borrowed until it is destroyed.
  void add(RemovalHook& hook) noexcept { removal_hooks_.push_back(hook); }

  /// While one lives, `changed` is notified at every change of that video.
  class Watch {
   public:
    Watch(Shelf& shelf, std::string id);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();
    [[nodiscard]] core::Event& changed() noexcept { return watched_->changed; }

   private:
    friend class Shelf;
    struct Watched {
      core::Event changed;
      size_t watchers = 0;
    };
    Shelf& shelf_;
    std::string id_;
    Watched* watched_;  // Owned by the shelf while anybody watches.
  };

 private:
  void notify(const std::string& id) noexcept;
  void tell_removed(std::string_view id) noexcept;

  catalogue::CatalogueView catalogue_;
  std::unordered_map<std::string, Making> making_;
  std::unordered_map<std::string, std::unique_ptr<Watch::Watched>> watched_;
  core::IntrusiveList<RemovalHook> removal_hooks_;
};

}  // namespace millrace::media::library
