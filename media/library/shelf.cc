#include "media/library/shelf.h"

namespace millrace::media::library {

const Making* Shelf::making(std::string_view id) const {
  const auto found = making_.find(std::string(id));
  return found == making_.end() ? nullptr : &found->second;
}

void Shelf::apply(const catalogue::VideoChange& change) {
  if (!catalogue_.apply(change)) return;
  const bool done = change.video == nullptr ||
                    change.video->state == catalogue::VideoState::kReady ||
                    change.video->state == catalogue::VideoState::kFailed;
  if (done) making_.erase(change.id);  // At once: the last event of a finished job shows none.
  if (change.video == nullptr) tell_removed(change.id);
  notify(change.id);
}

void Shelf::apply(const Growth& growth) {
  if (catalogue_.find(growth.video_id) == nullptr) return;  // Deleted meanwhile.
  Making& making = making_[growth.video_id];
  const size_t before = making.rendition_count();
  making.tracks = making.tracks != nullptr ? making.tracks->with(growth.rendition)
                                           : std::make_shared<VideoTracks>(
                                                 growth.video_id, std::vector{growth.rendition});
  if (making.rendition_count() != before) notify(growth.video_id);  // More can be watched.
}

void Shelf::apply(const ProgressNews& news) {
  if (catalogue_.find(news.video_id) == nullptr) return;
  making_[news.video_id].progress = news.progress;
  notify(news.video_id);
}

void Shelf::apply(const MakingEnded& ended) {
  making_.erase(ended.video_id);
  notify(ended.video_id);
}

void Shelf::notify(const std::string& id) noexcept {
  const auto found = watched_.find(id);
  if (found != watched_.end()) found->second->changed.notify_all();
}

void Shelf::tell_removed(std::string_view id) noexcept {
  removal_hooks_.for_each([&](RemovalHook& hook) { hook.on_removed_(&hook, id); });
}

Shelf::Watch::Watch(Shelf& shelf, std::string id) : shelf_(shelf), id_(std::move(id)) {
  std::unique_ptr<Watched>& watched = shelf_.watched_[id_];
  if (watched == nullptr) watched = std::make_unique<Watched>();
  watched_ = watched.get();
  ++watched_->watchers;
}

Shelf::Watch::~Watch() {
  if (--watched_->watchers == 0) shelf_.watched_.erase(id_);
}

}  // namespace millrace::media::library
