// Where the files of a video are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::media::library {

/// ```
/// <root>/catalogue.db
/// <root>/uploads/<video>/original            as received
/// <root>/processed/<video>/<quality>.mp4     one CMAF track a rendition; .part until validated
/// <root>/processed/<video>/poster.jpg, storyboard.jpg
/// <root>/segments/<video>/<quality>/<first>-<last>.ts   made on demand
/// <root>/live/<stream>.json                         the numbers that a live stream goes on with
/// ```
/// Ids are of core::is_random_id and qualities of our own ladders: neither can leave the root.
class StorePaths {
 public:
  explicit StorePaths(std::string root) : root_(std::move(root)) {}

  [[nodiscard]] const std::string& root() const noexcept { return root_; }
  [[nodiscard]] std::string catalogue() const { return root_ + "/catalogue.db"; }
  [[nodiscard]] std::string uploads() const { return root_ + "/uploads"; }
  [[nodiscard]] std::string upload_folder(std::string_view id) const {
    return under("/uploads/", id);
  }
  [[nodiscard]] std::string original(std::string_view id) const {
    return upload_folder(id) + "/original";
  }
  [[nodiscard]] std::string processed() const { return root_ + "/processed"; }
  [[nodiscard]] std::string processed_folder(std::string_view id) const {
    return under("/processed/", id);
  }
  [[nodiscard]] std::string track(std::string_view id, std::string_view quality) const {
    return processed_folder(id).append("/").append(quality).append(".mp4");
  }
  [[nodiscard]] std::string poster(std::string_view id) const {
    return processed_folder(id) + "/poster.jpg";
  }
  [[nodiscard]] std::string storyboard(std::string_view id) const {
    return processed_folder(id) + "/storyboard.jpg";
  }
  [[nodiscard]] std::string live() const { return root_ + "/live"; }
  [[nodiscard]] std::string segments() const { return root_ + "/segments"; }
  [[nodiscard]] std::string ts_segment(std::string_view id, std::string_view quality,
                                       uint64_t first, uint64_t last) const {
    return segments_folder(id).append("/").append(quality).append("/") + std::to_string(first) +
           "-" + std::to_string(last) + ".ts";
  }
  [[nodiscard]] std::string segments_folder(std::string_view id) const {
    return under("/segments/", id);
  }

 private:
  [[nodiscard]] std::string under(std::string_view folder, std::string_view id) const {
    return std::string(root_).append(folder).append(id);
  }

  std::string root_;
};

}  // namespace millrace::media::library
