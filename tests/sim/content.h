// What the simulated server serves.
#pragma once

#include <memory>
#include <string>

#include "core/snapshot.h"
#include "core/unique_fd.h"
#include "http/body.h"

namespace millrace::sim {

/// Made once, shared by all simulations, never changed. The files of `folder` are real ones.
class Content {
 public:
  static const Content& get();
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;
  ~Content();

  const std::string small;  ///< Leaves behind its head, in one send.
  const std::string text;   ///< Not worth joining; compressible.
  const core::Snapshot<std::string> shared;
  const std::string film;     ///< In `film_file`: more than a turn, more than a prefetch.
  const std::string page;     ///< In `folder`, as page.html: kept in memory.
  const std::string segment;  ///< In `folder`, as segment.mp4: kept open.
  std::shared_ptr<const http::OpenFile> film_file;
  core::Snapshot<http::FileLayout> layout;
  std::string laid_out;  ///< What `layout` says.
  core::UniqueFd folder;

  http::FileSlices whole_film() const;
  http::FileSlices pieces_of_film() const;
  std::string expected_pieces() const;

 private:
  Content();
  std::string folder_path_;
};

/// What PUT /sum answers.
std::string sum_of(std::string_view body);

}  // namespace millrace::sim
