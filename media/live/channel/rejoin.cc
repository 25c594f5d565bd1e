#include "media/live/channel/rejoin.h"

#include <algorithm>

#include "media/flv/audio_tag.h"
#include "media/flv/flv_reader.h"
#include "media/flv/flv_writer.h"
#include "media/flv/video_tag.h"

namespace millrace::media::live {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using Bytes = std::vector<std::byte>;
using Place = std::optional<size_t>;

/// ftyp and moov of any encoder; a moov of a whole film would be no fragmented MP4.
constexpr size_t kInitSizeMax = size_t{1} << 20;

/// What follows a tag begins with a size that readers ignore: the four bytes of the last tag before
/// it are as good as its own.
constexpr size_t kPreviousTagSizeSize = 4;

class RejoinTs final : public Rejoin {
 public:
  // Any byte will do: a demultiplexer looks for the packets' sync bytes.
  Result<Place> follow(std::span<const std::byte> bytes) override {
    return bytes.empty() ? Place() : Place(0);
  }
  Bytes head() const override { return {}; }
};

class RejoinFlv final : public Rejoin {
 public:
  Result<Place> follow(std::span<const std::byte> bytes) override {
    Place place;
    for (auto rest = bytes;;) {
      const auto tag = reader_.next(rest);
      if (!tag) return std::unexpected(tag.error());
      if (!*tag) return place;
      keep(**tag);
      if (!place) place = bytes.size() - rest.size();
    }
  }

  Bytes head() const override {
    Bytes head;
    flv::append_header(head);
    for (const Kept* kept : {&script_, &video_, &audio_}) {
      if (!kept->body.empty()) {
        flv::append_tag(head, {.type = kept->type, .timestamp_ms = 0, .body = kept->body});
      }
    }
    head.resize(head.size() - kPreviousTagSizeSize);
    return head;
  }

 private:
  struct Kept {
    flv::TagType type;
    Bytes body;
  };

  void keep(const flv::Tag& tag) {
    if (tag.type == flv::TagType::kScript)
      return script_.body.assign(tag.body.begin(), tag.body.end());
    if (tag.type == flv::TagType::kVideo) {
      const auto packet = flv::parse_video(tag.body);
      if (!packet || packet->kind != flv::PacketKind::kConfig) return;
      return video_.body.assign(tag.body.begin(), tag.body.end());
    }
    const auto packet = flv::parse_audio(tag.body);
    if (!packet || packet->kind != flv::PacketKind::kConfig) return;
    audio_.body.assign(tag.body.begin(), tag.body.end());
  }

  flv::FlvReader reader_;
  Kept script_{.type = flv::TagType::kScript, .body = {}};
  Kept video_{.type = flv::TagType::kVideo, .body = {}};
  Kept audio_{.type = flv::TagType::kAudio, .body = {}};
};

/// Boxes of the top level: what comes before the first fragment is kept, and every `moof` whose
/// header is not cut in two is a place to begin.
class RejoinFmp4 final : public Rejoin {
 public:
  Result<Place> follow(std::span<const std::byte> bytes) override {
    Place place;
    for (size_t at = 0; at < bytes.size();) {
      const bool is_start = left_ == 0 && header_.empty();
      const size_t taken = left_ > 0 ? pass(bytes.subspan(at)) : read_header(bytes.subspan(at));
      if (taken == 0) return fail(ErrorCode::kMalformed, "no boxes of fragmented MP4");
      if (is_start && is_fragment_ && !place) place = at;
      at += taken;
      if (init_.size() > kInitSizeMax) return fail(ErrorCode::kTooLarge, "an init segment");
    }
    return place;
  }
  Bytes head() const override { return init_; }

 private:
  static constexpr size_t kSmallHeader = 8;
  static constexpr size_t kLargeHeader = 16;

  size_t pass(std::span<const std::byte> bytes) {
    const size_t size = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
    if (keeps_) init_.insert(init_.end(), bytes.begin(), bytes.begin() + static_cast<long>(size));
    left_ -= size;
    return size;
  }

  /// 0: no legal box.
  size_t read_header(std::span<const std::byte> bytes) {
    size_t taken = 0;
    const auto fill = [&](size_t size) {
      while (header_.size() < size && taken < bytes.size()) header_.push_back(bytes[taken++]);
      return header_.size() >= size;
    };
    if (!fill(kSmallHeader)) return taken;
    uint64_t size = number(0, 4);
    if (size == 1) {
      if (!fill(kLargeHeader)) return taken;
      size = number(8, 8);
    }
    if (size < header_.size()) return 0;
    begin_box(size);
    return taken;
  }

  void begin_box(uint64_t size) {
    const uint64_t type = number(4, 4);
    if (type == kFtyp) {  // The encoder begins anew.
      init_.clear();
      begun_ = false;
    }
    is_fragment_ = type == kMoof;
    begun_ = begun_ || (type != kFtyp && type != kMoov);
    keeps_ = !begun_;
    if (keeps_) init_.insert(init_.end(), header_.begin(), header_.end());
    left_ = size - header_.size();
    header_.clear();
  }

  uint64_t number(size_t at, size_t size) const {
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) value = value << 8 | static_cast<uint8_t>(header_[at + i]);
    return value;
  }

  static constexpr uint64_t kMoof = 0x6d6f6f66;
  static constexpr uint64_t kFtyp = 0x66747970;
  static constexpr uint64_t kMoov = 0x6d6f6f76;

  Bytes init_;
  Bytes header_;       // Of the box that is being read.
  uint64_t left_ = 0;  // Of its payload.
  bool keeps_ = false;
  bool begun_ = false;        // Past the init segment.
  bool is_fragment_ = false;  // The box that is being read is a `moof`.
};

}  // namespace

std::unique_ptr<Rejoin> Rejoin::create(IngestContainer container) {
  switch (container) {
    case IngestContainer::kFlv:
      return std::make_unique<RejoinFlv>();
    case IngestContainer::kMpegTs:
      return std::make_unique<RejoinTs>();
    case IngestContainer::kFmp4:
      return std::make_unique<RejoinFmp4>();
  }
  return std::make_unique<RejoinTs>();
}

}  // namespace millrace::media::live
