#include "media/ffmpeg/ts_continuity.h"

#include <algorithm>
#include <map>

#include "core/assert.h"

namespace millrace::media::ffmpeg {
namespace {

// TS packet: sync u8 | error u1 | unit start u1 | priority u1 | pid u13 | scrambling u2 |
//            adaptation u1 | payload u1 | counter u4 | [adaptation length u8, flags u8 …] | payload
constexpr uint16_t kServiceDescription = 17;
constexpr uint16_t kFirstStreamPid = 256;  // libav's: below are PAT (0) and tables; PMT is 4096.
constexpr uint16_t kProgramMap = 4096;
constexpr size_t kHeaderSize = 4;
constexpr size_t kPayloadSizeMax = kTsPacketSize - kHeaderSize;
constexpr uint8_t kHasAdaptation = 0x20;
constexpr uint8_t kHasPayload = 0x10;
constexpr uint8_t kUnitStart = 0x40;

class TsPacket {
 public:
  explicit TsPacket(std::span<const std::byte> bytes) : bytes_(bytes) {}

  uint16_t pid() const { return static_cast<uint16_t>((at(1) & 0x1f) << 8 | at(2)); }
  bool starts_unit() const { return (at(1) & kUnitStart) != 0; }
  bool has_payload() const { return (at(3) & kHasPayload) != 0; }
  size_t adaptation_size() const {
    if ((at(3) & kHasAdaptation) == 0) return 0;
    return std::min<size_t>(1 + at(4), kPayloadSizeMax);
  }
  std::span<const std::byte> adaptation() const {
    return bytes_.subspan(kHeaderSize, adaptation_size());
  }
  std::span<const std::byte> payload() const {
    return has_payload() ? bytes_.subspan(kHeaderSize + adaptation_size())
                         : std::span<const std::byte>{};
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  uint8_t at(size_t i) const { return std::to_integer<uint8_t>(bytes_[i]); }

  std::span<const std::byte> bytes_;
};

bool is_table(uint16_t pid) { return pid < kFirstStreamPid || pid == kProgramMap; }

/// A packet with less payload than room: the adaptation field grows by stuffing.
void append_stuffed(std::vector<std::byte>& out, const TsPacket& like, bool first,
                    std::span<const std::byte> payload) {
  const size_t room = kPayloadSizeMax - payload.size();
  std::vector<std::byte> adaptation;
  if (first) adaptation.assign(like.adaptation().begin(), like.adaptation().end());
  if (adaptation.size() < room) {
    if (adaptation.empty()) adaptation.push_back({});
    if (adaptation.size() < room && adaptation.size() == 1) adaptation.push_back({});  // Flags.
    adaptation.resize(room, std::byte{0xff});
    adaptation[0] = static_cast<std::byte>(room - 1);
  }
  const auto header = like.bytes();
  out.push_back(header[0]);
  out.push_back(first ? header[1] : header[1] & ~std::byte{kUnitStart});
  out.push_back(header[2]);
  out.push_back((header[3] & std::byte{0xc0}) |
                std::byte(adaptation.empty() ? kHasPayload : kHasAdaptation | kHasPayload));
  out.insert(out.end(), adaptation.begin(), adaptation.end());
  out.insert(out.end(), payload.begin(), payload.end());
}

/// One packet's payload in `parts` packets.
void append_spread(std::vector<std::byte>& out, const TsPacket& packet, size_t parts) {
  auto rest = packet.payload();
  for (size_t i = 0; i < parts; ++i) {
    const size_t size = rest.size() / (parts - i);
    append_stuffed(out, packet, /*first=*/i == 0, rest.first(size));
    rest = rest.subspan(size);
  }
}

/// Per PID: how many packets of payload there are, and which one can be spread.
struct Stream {
  size_t count = 0;
  size_t spread = SIZE_MAX;
  bool spread_starts_unit = true;
};

std::map<uint16_t, Stream> survey(std::span<const std::byte> packets) {
  constexpr size_t kSpreadable = 64;  // 16 parts of four bytes.
  std::map<uint16_t, Stream> streams;
  for (size_t at = 0; at < packets.size(); at += kTsPacketSize) {
    const TsPacket packet(packets.subspan(at, kTsPacketSize));
    if (!packet.has_payload()) continue;
    Stream& stream = streams[packet.pid()];
    ++stream.count;
    // Rather one that does not hold a PES header.
    if (packet.payload().size() >= kSpreadable &&
        (!packet.starts_unit() || stream.spread_starts_unit)) {
      stream.spread = at;
      stream.spread_starts_unit = packet.starts_unit();
    }
  }
  return streams;
}

void renumber(std::span<std::byte> packets, uint32_t first_fragment) {
  std::map<uint16_t, uint8_t> next;
  for (size_t at = 0; at < packets.size(); at += kTsPacketSize) {
    const TsPacket packet(packets.subspan(at, kTsPacketSize));
    const uint8_t start = is_table(packet.pid()) ? first_fragment & 0x0f : 0;
    uint8_t& counter = next.try_emplace(packet.pid(), start).first->second;
    // A packet without payload repeats the counter of the one before.
    const uint8_t number = packet.has_payload() ? counter++ : static_cast<uint8_t>(counter - 1);
    packets[at + 3] = (packets[at + 3] & std::byte{0xf0}) | std::byte(number & 0x0f);
  }
}

}  // namespace

std::vector<std::byte> continuous_segment(std::span<const std::byte> packets,
                                          uint32_t first_fragment) {
  MR_ASSERT(packets.size() % kTsPacketSize == 0);
  const auto streams = survey(packets);
  std::vector<std::byte> out;
  out.reserve(packets.size() + 32 * kTsPacketSize);
  for (size_t at = 0; at < packets.size(); at += kTsPacketSize) {
    const TsPacket packet(packets.subspan(at, kTsPacketSize));
    if (packet.pid() == kServiceDescription) continue;
    const auto stream = streams.find(packet.pid());
    if (!is_table(packet.pid()) && stream != streams.end() && stream->second.spread == at) {
      append_spread(out, packet, 1 + (16 - stream->second.count % 16) % 16);
    } else {
      out.insert(out.end(), packet.bytes().begin(), packet.bytes().end());
    }
  }
  renumber(out, first_fragment);
  return out;
}

}  // namespace millrace::media::ffmpeg
