#include "media/player/assets.h"

#include <algorithm>

namespace millrace::media::player {

const Asset* find_asset(std::string_view path) noexcept {
  const std::span<const Asset> all = assets();
  const auto found = std::ranges::find(all, path, &Asset::path);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace millrace::media::player
