#include "http/h2/stream.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/assert.h"

namespace millrace::http::h2 {
namespace {

// What says how a connection of HTTP/1.1 goes on means nothing here (RFC 9113, 8.2.2).
constexpr std::array<std::string_view, 5> kConnectionFields{
    "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"};

nghttp2_nv field_of(std::string_view name, std::string_view value) noexcept {
  const auto bytes = [](std::string_view text) {
    return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(text.data()));
  };
  return {.name = bytes(name),
          .value = bytes(value),
          .namelen = name.size(),
          .valuelen = value.size(),
          .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

}  // namespace

HeadFields Stream::take_head() noexcept {
  HeadFields head = std::move(*head_);
  head_.reset();
  return head;
}

void Stream::respond(Outgoing outgoing, std::string_view date, std::vector<nghttp2_nv>& fields) {
  MR_ASSERT(!has_responded_ && outgoing.status >= 200 && outgoing.status <= 999);
  has_responded_ = true;
  outgoing_ = std::move(outgoing);
  std::ranges::copy(date.substr(0, date_.size()), date_.begin());
  std::to_chars(status_.data(), status_.data() + status_.size(), outgoing_.status);
  cursor_ = BodyCursor(outgoing_.body);
  outgoing_.headers.lower_names();
  fields.clear();
  fields.push_back(field_of(":status", {status_.data(), status_.size()}));
  fields.push_back(field_of("date", {date_.data(), date_.size()}));
  if (outgoing_.content_length) {
    const char* end =
        std::to_chars(length_.data(), length_.data() + length_.size(), *outgoing_.content_length)
            .ptr;
    fields.push_back(field_of("content-length", {length_.data(), end}));
  }
  for (const Headers* some : {outgoing_.shared_headers.get(), &std::as_const(outgoing_.headers)}) {
    if (some == nullptr) continue;
    for (const Headers::Field& field : *some) {
      if (std::ranges::find(kConnectionFields, field.name) != kConnectionFields.end()) continue;
      fields.push_back(field_of(field.name, field.value));
    }
  }
}

void Stream::add_urgency(uint8_t urgency, std::vector<nghttp2_nv>& fields) noexcept {
  urgency_ = {'u', '=', static_cast<char>('0' + urgency)};
  fields.push_back(field_of("priority", {urgency_.data(), urgency_.size()}));
}

BodyStream* Stream::body_stream() noexcept {
  auto* stream = std::get_if<std::unique_ptr<BodyStream>>(&outgoing_.body);
  return stream != nullptr ? stream->get() : nullptr;
}

bool Stream::has_body() const noexcept { return cursor_.left() > 0 || !cursor_.is_last(); }

bool Stream::makes_progress(bool is_blocked, size_t bytes_min) noexcept {
  if (sent_since_progress_ >= bytes_min) {
    sent_since_progress_ = 0;
    blocked_checks_ = 0;
  }
  if (is_blocked) ++blocked_checks_;
  return blocked_checks_ <= kStallChecks;
}

}  // namespace millrace::http::h2
