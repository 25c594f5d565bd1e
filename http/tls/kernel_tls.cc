#include "http/tls/kernel_tls.h"

#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/unique_fd.h"
#include "http/tls/record_sealer.h"

namespace millrace::http::tls {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr char kName[] = "tls";

template <class Crypto>
Result<> set_key(int socket, uint16_t cipher, const TrafficKey& key, uint64_t sequence) noexcept {
  Crypto info{};
  info.info.version = TLS_1_3_VERSION;
  info.info.cipher_type = cipher;
  static_assert(sizeof info.rec_seq == 8 && sizeof info.key <= sizeof key.key);
  // The kernel's salt and iv are the initialisation vector in two parts; ChaCha20 has no salt.
  const size_t salt_size = key.iv.size() - sizeof info.iv;
  std::copy_n(key.iv.begin(), salt_size, reinterpret_cast<unsigned char*>(&info.salt));
  std::copy_n(key.iv.begin() + static_cast<std::ptrdiff_t>(salt_size), sizeof info.iv, info.iv);
  std::copy_n(key.key.begin(), sizeof info.key, info.key);
  for (size_t i = 0; i < 8; ++i) {
    info.rec_seq[i] = static_cast<unsigned char>(sequence >> (56 - 8 * i));
  }
  const int done = ::setsockopt(socket, SOL_TLS, TLS_TX, &info, sizeof info);
  const int why = errno;
  OPENSSL_cleanse(&info, sizeof info);
  if (done != 0) return core::os_failure(why, "TLS_TX");
  return {};
}

}  // namespace

// Only a connected socket may have it: that one is refused for this reason tells that it is there.
bool kernel_has_tls() noexcept {
  static const bool has = [] {
    const core::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::setsockopt(socket.get(), IPPROTO_TCP, TCP_ULP, kName, sizeof kName - 1) == 0 ||
           errno == ENOTCONN;
  }();
  return has;
}

Result<> seal_by_kernel(int socket, Suite suite, const TrafficKey& key,
                        uint64_t sequence) noexcept {
  if (::setsockopt(socket, IPPROTO_TCP, TCP_ULP, kName, sizeof kName - 1) != 0) {
    return core::os_failure(errno, "TCP_ULP");
  }
  switch (suite) {
    case Suite::kAes128GcmSha256:
      return set_key<tls12_crypto_info_aes_gcm_128>(socket, TLS_CIPHER_AES_GCM_128, key, sequence);
    case Suite::kAes256GcmSha384:
      return set_key<tls12_crypto_info_aes_gcm_256>(socket, TLS_CIPHER_AES_GCM_256, key, sequence);
    case Suite::kChaCha20Poly1305Sha256:
      return set_key<tls12_crypto_info_chacha20_poly1305>(socket, TLS_CIPHER_CHACHA20_POLY1305, key,
                                                          sequence);
  }
  return fail(ErrorCode::kUnsupported, "a cipher suite");
}

void send_alert_by_kernel(int socket, std::span<const std::byte> alert) noexcept {
  alignas(cmsghdr) char control[CMSG_SPACE(1)] = {};
  iovec where{.iov_base = const_cast<std::byte*>(alert.data()), .iov_len = alert.size()};
  msghdr message{};
  message.msg_iov = &where;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_TLS;
  header->cmsg_type = TLS_SET_RECORD_TYPE;
  header->cmsg_len = CMSG_LEN(1);
  const auto type = static_cast<unsigned char>(ContentType::kAlert);
  std::memcpy(CMSG_DATA(header), &type, 1);
  static_cast<void>(::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

}  // namespace millrace::http::tls
