#include "http/tls/ticket_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <string_view>

#include "core/assert.h"
#include "core/random_id.h"

namespace millrace::http::tls {
namespace {

using Digest = std::array<unsigned char, 32>;

Digest derive(std::span<const std::byte> secret, std::string_view purpose) noexcept {
  Digest digest;
  unsigned size = 0;
  const unsigned char* made = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                                   reinterpret_cast<const unsigned char*>(purpose.data()),
                                   purpose.size(), digest.data(), &size);
  MR_ASSERT(made != nullptr && size == digest.size());
  return digest;
}

TicketKeys::Key key_of(std::span<const std::byte> secret) noexcept {
  TicketKeys::Key key;
  key.cipher = derive(secret, "millrace ticket cipher");
  key.mac = derive(secret, "millrace ticket mac");
  const Digest name = derive(secret, "millrace ticket name");
  std::copy_n(name.begin(), key.name.size(), key.name.begin());
  return key;
}

}  // namespace

TicketSeed TicketSeed::random(core::MonotonicTime now) noexcept {
  TicketSeed seed;
  core::fill_random(seed.secret);
  seed.start = now;
  return seed;
}

TicketKeys::TicketKeys(const TicketSeed& seed, std::chrono::nanoseconds period,
                       const core::Clock& clock) noexcept
    : clock_(clock),
      period_(period),
      current_until_(seed.start + period),
      secret_(seed.secret),
      current_(key_of(secret_)) {
  // Until the first rotation nothing was sealed before: a name that nobody can present.
  core::fill_random(std::as_writable_bytes(std::span(previous_.name)));
}

TicketKeys::~TicketKeys() {
  OPENSSL_cleanse(secret_.data(), secret_.size());
  OPENSSL_cleanse(&current_, sizeof current_);
  OPENSSL_cleanse(&previous_, sizeof previous_);
}

void TicketKeys::step() noexcept {
  const Digest next = derive(secret_, "millrace next ticket secret");
  std::ranges::copy(std::as_bytes(std::span(next)), secret_.begin());
  previous_ = current_;
  current_ = key_of(secret_);
  current_until_ += period_;
}

// A machine that slept for a year steps some thousand times, at a microsecond each.
void TicketKeys::catch_up() noexcept {
  const core::MonotonicTime now = clock_.now();
  while (now >= current_until_) step();
}

const TicketKeys::Key& TicketKeys::current() noexcept {
  catch_up();
  return current_;
}

TicketKeys::Found TicketKeys::find(std::span<const unsigned char> name) noexcept {
  catch_up();
  if (std::ranges::equal(name, current_.name)) return {.key = &current_, .age = Age::kCurrent};
  if (std::ranges::equal(name, previous_.name)) return {.key = &previous_, .age = Age::kPrevious};
  return {};
}

}  // namespace millrace::http::tls
