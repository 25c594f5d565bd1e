#include "media/catalogue/catalogue_view.h"

#include <algorithm>

#include "core/counted_apart.h"
#include "media/catalogue/title_fold.h"

namespace millrace::media::catalogue {
namespace {

// A change is overtaken by milliseconds; 4,096 removals within that time do not happen.
constexpr size_t kRememberedRemovalCountMax = 4096;

bool newer(const VideoRecord& left, const VideoRecord& right) {
  if (left.created != right.created) return left.created > right.created;
  return left.id < right.id;
}

/// What a search looks in: title and tags in lower case, a line each.
std::string searchable_text(const VideoRecord& video) {
  std::string text = fold_title(video.title);
  for (const std::string& tag : video.tags) text.append("\n").append(fold_title(tag));
  return text;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  constexpr std::string_view kBlanks = " \t\r\n";
  for (size_t begin = text.find_first_not_of(kBlanks); begin != std::string_view::npos;
       begin = text.find_first_not_of(kBlanks, begin)) {
    const size_t end = std::min(text.find_first_of(kBlanks, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

}  // namespace

bool CatalogueView::was_removed(std::string_view id) const {
  return std::ranges::find(removed_ids_, id) != removed_ids_.end();
}

bool CatalogueView::apply(const VideoChange& change) {
  const auto known = by_id_.find(std::string_view(change.id));
  if (change.video == nullptr) {
    if (was_removed(change.id)) return false;
    removed_ids_.push_back(change.id);
    if (removed_ids_.size() > kRememberedRemovalCountMax) removed_ids_.pop_front();
    return remove(change.id);
  }
  if (known == by_id_.end()) {
    if (was_removed(change.id)) return false;
    // Each core has a view of the same records, and every request for a video takes one.
    Entry entry{change.revision, searchable_text(*change.video),
                core::counted_apart(change.video)};
    place(by_id_.emplace(change.id, std::move(entry)).first->second);
    return true;
  }
  Entry& entry = known->second;
  if (entry.revision >= change.revision) return false;
  // The time of creation never changes, so the entry keeps its place in the order.
  if (entry.video->title != change.video->title || entry.video->tags != change.video->tags) {
    entry.searchable_text = searchable_text(*change.video);
  }
  entry.revision = change.revision;
  entry.video = core::counted_apart(change.video);
  return true;
}

void CatalogueView::load(const std::vector<VideoChange>& changes) {
  by_id_.reserve(by_id_.size() + changes.size());
  newest_first_.reserve(newest_first_.size() + changes.size());
  for (const VideoChange& change : changes) apply(change);
}

void CatalogueView::place(const Entry& entry) {
  const auto at = std::ranges::upper_bound(
      newest_first_, &entry,
      [](const Entry* left, const Entry* right) { return newer(*left->video, *right->video); });
  newest_first_.insert(at, &entry);
}

bool CatalogueView::remove(std::string_view id) {
  const auto known = by_id_.find(id);
  if (known == by_id_.end()) return false;
  std::erase(newest_first_, &known->second);
  by_id_.erase(known);
  return true;
}

core::Snapshot<VideoRecord> CatalogueView::find(std::string_view id) const {
  const auto known = by_id_.find(id);
  return known == by_id_.end() ? nullptr : known->second.video;
}

VideoPage CatalogueView::list(const VideoQuery& query) const {
  VideoPage page;
  const size_t page_index = query.page == 0 ? 0 : query.page - 1;
  // Saturates: a page far beyond the end is empty, not the first one again.
  const size_t first = query.page_size != 0 && page_index > newest_first_.size() / query.page_size
                           ? newest_first_.size()
                           : page_index * query.page_size;
  const std::string folded = fold_title(query.search);
  const std::vector<std::string_view> words = words_of(folded);
  if (words.empty()) {
    page.total = newest_first_.size();
    for (size_t i = first; i < page.total && page.videos.size() < query.page_size; ++i) {
      page.videos.push_back(newest_first_[i]->video);
    }
    return page;
  }
  for (const Entry* entry : newest_first_) {
    const bool matches = std::ranges::all_of(
        words, [&](std::string_view word) { return entry->searchable_text.contains(word); });
    if (!matches) continue;
    if (page.total >= first && page.videos.size() < query.page_size) {
      page.videos.push_back(entry->video);
    }
    ++page.total;
  }
  return page;
}

}  // namespace millrace::media::catalogue
