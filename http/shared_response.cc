#include "http/shared_response.h"

#include <utility>

#include "core/assert.h"
#include "core/counted_apart.h"
#include "http/mime.h"

namespace millrace::http {

SharedResponse::SharedResponse(Response response)
    : response_(std::move(response)),
      is_compressible_(http::is_compressible(response_.headers.find("Content-Type"))) {
  MR_ASSERT(response_.status == 200 && response_.shared == nullptr);
  MR_ASSERT(files() != nullptr || std::holds_alternative<SharedBytes>(response_.body));
  if (auto* files = std::get_if<FileSlices>(&response_.body)) {
    for (FileSlice& slice : files->slices) slice.file = core::counted_apart(std::move(slice.file));
  }
  if (auto* text = std::get_if<SharedBytes>(&response_.body)) {
    text->identity = core::counted_apart(std::move(text->identity));
    text->gzip = core::counted_apart(std::move(text->gzip));
  }
}

Response SharedResponse::copy() const {
  Response copied;
  copied.headers = response_.headers;
  if (files() != nullptr) {
    copied.body = *files();
  } else {
    copied.body = std::get<SharedBytes>(response_.body);
  }
  copied.etag = response_.etag;
  copied.last_modified = response_.last_modified;
  copied.ranges = response_.ranges;
  return copied;
}

const SharedResponse::Plain* SharedResponse::plain(ContentCoding coding) const noexcept {
  const auto& made = plain_[static_cast<size_t>(coding)];
  return made ? &*made : nullptr;
}

const SharedResponse::Plain& SharedResponse::keep(ContentCoding coding, Plain made) {
  return plain_[static_cast<size_t>(coding)].emplace(std::move(made));
}

size_t SharedResponse::text_bytes() const noexcept {
  const auto* text = std::get_if<SharedBytes>(&response_.body);
  if (text == nullptr) return 0;
  return kept_bytes(*text->identity) + (text->gzip != nullptr ? kept_bytes(*text->gzip) : 0);
}

}  // namespace millrace::http
