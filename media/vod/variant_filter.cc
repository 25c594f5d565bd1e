#include "media/vod/variant_filter.h"

#include <algorithm>
#include <array>
#include <utility>

namespace millrace::media::vod {
namespace {

using core::ErrorCode;
using core::fail;
using fmp4::Codec;

constexpr std::array<std::pair<std::string_view, Codec>, 14> kNames{{
    {"avc1", Codec::kH264},
    {"avc3", Codec::kH264},
    {"h264", Codec::kH264},
    {"hvc1", Codec::kHevc},
    {"hev1", Codec::kHevc},
    {"hevc", Codec::kHevc},
    {"vp09", Codec::kVp9},
    {"vp9", Codec::kVp9},
    {"av01", Codec::kAv1},
    {"av1", Codec::kAv1},
    {"mp4a", Codec::kAac},
    {"aac", Codec::kAac},
    {"opus", Codec::kOpus},
    {"Opus", Codec::kOpus},
}};

// More names than there are codecs is no honest request.
constexpr size_t kCodecsMax = 16;

}  // namespace

bool VariantFilter::allows(Codec codec) const noexcept {
  const auto of_kind = [codec](Codec each) { return fmp4::kind_of(each) == fmp4::kind_of(codec); };
  return std::ranges::none_of(codecs, of_kind) || std::ranges::find(codecs, codec) != codecs.end();
}

core::Result<std::vector<Codec>> parse_codecs(std::string_view list) {
  std::vector<Codec> codecs;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string_view name = list.substr(0, std::min(comma, list.find('.')));
    const auto known = std::ranges::find(kNames, name, [](const auto& each) { return each.first; });
    if (known == kNames.end() || codecs.size() == kCodecsMax) {
      return fail(ErrorCode::kInvalid,
                  "codecs must be a list of avc1, hvc1, vp09, av01, mp4a, opus");
    }
    codecs.push_back(known->second);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return codecs;
}

}  // namespace millrace::media::vod
