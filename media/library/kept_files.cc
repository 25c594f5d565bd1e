#include "media/library/kept_files.h"

#include <iterator>
#include <utility>

namespace millrace::media::library {

std::vector<std::string> KeptFiles::add(File file) {
  if (const auto known = by_path_.find(file.path); known != by_path_.end()) drop(known->second);
  bytes_ += file.size;
  files_.push_back(std::move(file));
  by_path_.emplace(files_.back().path, std::prev(files_.end()));
  std::vector<std::string> oldest;
  while (bytes_ > bytes_max_ && files_.size() > 1) {
    oldest.push_back(files_.front().path);
    drop(files_.begin());
  }
  return oldest;
}

void KeptFiles::forget(std::string_view video_id) {
  for (Place file = files_.begin(); file != files_.end();) {
    file = file->video_id == video_id ? drop(file) : std::next(file);
  }
}

KeptFiles::Place KeptFiles::drop(Place file) {
  bytes_ -= file->size;
  by_path_.erase(file->path);
  return files_.erase(file);
}

}  // namespace millrace::media::library
