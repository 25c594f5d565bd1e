// The catalogue as a core sees it: in memory, never blocking, a few milliseconds behind the file.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/snapshot.h"
#include "media/catalogue/records.h"

namespace millrace::media::catalogue {

/// Every word of `search` is in the title or a tag, whatever the case and order; no word matches
/// all. Pages count from 1.
struct VideoQuery {
  std::string_view search;
  size_t page = 1;
  size_t page_size = 20;
};

struct VideoPage {
  std::vector<core::Snapshot<VideoRecord>> videos;  ///< Newest first.
  size_t total = 0;                                 ///< Matches on all pages.
};

/// One per core, used on that core only. Changes may come in any order and more than once.
/// Cost: find O(1), a page without search O(page size), a search O(bytes of all titles and tags).
class CatalogueView {
 public:
  /// False when the view already knows something newer.
  bool apply(const VideoChange& change);
  void load(const std::vector<VideoChange>& changes);

  /// Null when there is no such video.
  core::Snapshot<VideoRecord> find(std::string_view id) const;
  VideoPage list(const VideoQuery& query) const;
  size_t size() const { return newest_first_.size(); }

 private:
  struct Entry {
    uint64_t revision = 0;
    std::string searchable_text;
    core::Snapshot<VideoRecord> video;
  };
  struct IdHash {
    using is_transparent = void;
    size_t operator()(std::string_view id) const { return std::hash<std::string_view>{}(id); }
  };

  bool remove(std::string_view id);
  void place(const Entry& entry);
  bool was_removed(std::string_view id) const;

  // Entries keep their address until they are erased; the order points at them.
  std::unordered_map<std::string, Entry, IdHash, std::equal_to<>> by_id_;
  std::vector<const Entry*> newest_first_;
  // A change that was overtaken by the removal of its video must not bring it back.
  std::deque<std::string> removed_ids_;
};

}  // namespace millrace::media::catalogue
