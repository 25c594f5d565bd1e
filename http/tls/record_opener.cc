#include "http/tls/record_opener.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "core/assert.h"

namespace millrace::http::tls {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr size_t kHeaderSize = RecordSealer::kHeaderSize;
constexpr size_t kTagSize = 16;
// RFC 8446, 5.2: at most 256 bytes more than the payload.
constexpr size_t kBodySizeMax = RecordSealer::kPayloadMax + 256;
constexpr std::byte kOuterType{23};

size_t body_size_of(std::span<const std::byte> header) noexcept {
  return static_cast<size_t>(header[3]) << 8 | static_cast<size_t>(header[4]);
}

const unsigned char* bytes_of_record(std::span<const std::byte> record, size_t offset) noexcept {
  return reinterpret_cast<const unsigned char*>(record.data()) + offset;
}

}  // namespace

Result<RecordOpener> RecordOpener::create(Suite suite, const TrafficSecret& secret) {
  auto cipher = RecordCipher::create(RecordCipher::Use::kOpen, suite, secret, 0);
  if (!cipher) return std::unexpected(cipher.error());
  return RecordOpener(std::move(*cipher));
}

// The usual record lies in `input` as a whole and is not copied. Empty: not all of it has come.
std::span<const std::byte> RecordOpener::take_whole(std::span<const std::byte>& input,
                                                    size_t size) {
  if (partial_.empty() && input.size() >= size) {
    const auto whole = input.first(size);
    input = input.subspan(size);
    return whole;
  }
  const size_t missing = size > partial_.size() ? size - partial_.size() : 0;
  const size_t taken = std::min(missing, input.size());
  partial_.insert(partial_.end(), input.begin(),
                  input.begin() + static_cast<std::ptrdiff_t>(taken));
  input = input.subspan(taken);
  return partial_.size() == size ? std::span<const std::byte>(partial_)
                                 : std::span<const std::byte>();
}

// record: type u8 | version u16be | size u16be | sealed … | tag
std::expected<std::optional<RecordOpener::Record>, RecordOpener::Alert> RecordOpener::open(
    std::span<const std::byte>& input, std::span<std::byte> room) {
  MR_ASSERT(room.size() >= kRoomSize);
  if (partial_.size() < kHeaderSize && partial_.size() + input.size() >= kHeaderSize &&
      !partial_.empty()) {
    take_whole(input, kHeaderSize);
  }
  const auto header = partial_.empty() ? input : std::span<const std::byte>(partial_);
  if (header.size() < kHeaderSize) {
    take_whole(input, kHeaderSize);
    return std::nullopt;
  }
  if (header[0] != kOuterType) return std::unexpected(Alert::kUnexpectedMessage);
  const size_t body_size = body_size_of(header);
  if (body_size > kBodySizeMax) return std::unexpected(Alert::kRecordOverflow);
  if (body_size < kTagSize + 1) return std::unexpected(Alert::kBadRecordMac);
  const auto whole = take_whole(input, kHeaderSize + body_size);
  if (whole.empty()) return std::nullopt;
  auto record = open_whole(whole, room);
  partial_ = {};
  if (!record) return std::unexpected(record.error());
  return *record;
}

std::expected<RecordOpener::Record, RecordOpener::Alert> RecordOpener::open_whole(
    std::span<const std::byte> record, std::span<std::byte> room) noexcept {
  const size_t sealed_size = record.size() - kHeaderSize - kTagSize;
  std::array<unsigned char, kTagSize> tag;
  std::copy_n(bytes_of_record(record, kHeaderSize + sealed_size), kTagSize, tag.begin());
  auto* plain = reinterpret_cast<unsigned char*>(room.data());
  int size = 0;
  EVP_CIPHER_CTX* cipher = cipher_.begin_record();
  const bool vouched =
      cipher != nullptr &&
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1 &&
      EVP_DecryptUpdate(cipher, nullptr, &size, bytes_of_record(record, 0), kHeaderSize) == 1 &&
      EVP_DecryptUpdate(cipher, plain, &size, bytes_of_record(record, kHeaderSize),
                        static_cast<int>(sealed_size)) == 1 &&
      EVP_DecryptFinal_ex(cipher, plain + sealed_size, &size) == 1;
  if (!vouched) return std::unexpected(Alert::kBadRecordMac);
  // Padding is zeros behind the type (RFC 8446, 5.4).
  size_t end = sealed_size;
  while (end > 0 && room[end - 1] == std::byte{0}) --end;
  if (end == 0) return std::unexpected(Alert::kUnexpectedMessage);
  if (end - 1 > RecordSealer::kPayloadMax) return std::unexpected(Alert::kRecordOverflow);
  return Record{.type = static_cast<ContentType>(room[end - 1]), .payload = room.first(end - 1)};
}

}  // namespace millrace::http::tls
