#include "media/live/events/web_post.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <memory>

#include "core/hash.h"

namespace millrace::media::live {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

struct Cleanup {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, Cleanup>;
using Fields = std::unique_ptr<curl_slist, Cleanup>;

// The answer's body is of no interest, but refusing it would look like an error.
size_t ignore(char*, size_t size, size_t count, void*) noexcept { return size * count; }

void add(Fields& fields, const std::string& line) {
  if (curl_slist* longer = curl_slist_append(fields.get(), line.c_str())) {
    static_cast<void>(fields.release());
    fields.reset(longer);
  }
}

Result<> result_of(CURLcode code, long status) {
  switch (code) {
    case CURLE_OK:
      if (status >= 200 && status < 300) return {};
      return fail(ErrorCode::kUnsupported, "the receiver of an event answered with an error");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_COULDNT_RESOLVE_HOST:
      return fail(ErrorCode::kInvalid, "the address for events");
    case CURLE_OPERATION_TIMEDOUT:
      return fail(ErrorCode::kTimeout, "the receiver of an event did not answer");
    default:
      return fail(ErrorCode::kClosed, "the receiver of an event cannot be reached");
  }
}

}  // namespace

std::string sign(std::string_view secret, std::string_view body, core::UnixTime now) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::string signed_text = fmt::format("{}.{}", seconds, body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  ::HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), mac.data(),
         &size);
  return fmt::format("t={},v1={}", seconds,
                     core::to_hex(std::as_bytes(std::span(mac)).first(size)));
}

Result<> send(const WebPost& post, core::UnixTime now) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const Handle handle(ready == CURLE_OK ? curl_easy_init() : nullptr);
  if (handle == nullptr) return fail(ErrorCode::kInternal, "no client for events");
  Fields fields;
  add(fields, "Content-Type: application/json");
  add(fields, "Millrace-Event-Id: " + post.event_id);
  if (!post.secret.empty()) add(fields, "Millrace-Signature: " + sign(post.secret, post.body, now));
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, post.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields.get());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, post.body.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(post.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &ignore);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "millrace");
  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return result_of(code, status);
}

}  // namespace millrace::media::live
