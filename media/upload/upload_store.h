// Where uploads lie on disk:
//
//   <root>/<id>/original.part          what was received so far; its size is the resume offset
//   <root>/<id>/original               complete, synced, never written again
//   <root>/<id>/unverified-from-<n>    empty; bytes of the part from n on wait for their checksum
//
// The marker's name holds the offset, so that making it is atomic: after a crash, bytes that no
// checksum vouched for are cut off.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace millrace::media::upload {

enum class PartState : uint8_t { kMissing, kReceiving, kPublished };

struct PartStatus {
  PartState state = PartState::kMissing;
  uint64_t size = 0;
};

/// Paths, and the file operations that come with a catalogue transaction. Those block: control
/// thread, or start-up. Ids are those of core::random_id(), so that they are safe in a path.
class UploadStore {
 public:
  explicit UploadStore(std::string root) : root_(std::move(root)) {}

  std::string folder(std::string_view id) const;
  std::string part(std::string_view id) const;
  std::string original(std::string_view id) const;
  std::string marker(std::string_view id, uint64_t offset) const;

  /// Makes the root. Errors: kNoSpace, kOs.
  core::Result<> prepare() const;
  /// The folder with an empty part. Errors: kConflict (the id is taken), kNoSpace, kOs.
  core::Result<> create(std::string_view id) const;
  /// What is there, after bytes without a checked sum were cut off. Nobody writes meanwhile.
  core::Result<PartStatus> inspect(std::string_view id) const;
  /// Syncs the part, gives it its final name and syncs that. Start-up only: cores use the ring.
  core::Result<> publish(std::string_view id) const;
  /// Removes the folder and all in it; one that is not there is success.
  core::Result<> remove(std::string_view id) const;
  /// The folders that have the form of an id.
  core::Result<std::vector<std::string>> list() const;
  /// Bytes that an unprivileged writer may still use.
  core::Result<uint64_t> free_bytes() const;

 private:
  core::Result<> cut_unverified(std::string_view id) const;

  std::string root_;
};

}  // namespace millrace::media::upload
