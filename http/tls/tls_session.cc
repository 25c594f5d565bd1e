#include "http/tls/tls_session.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sslerr.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/assert.h"

namespace millrace::http::tls {

using core::ErrorCode;
using core::fail;
using core::Result;

/// OpenSSL's view of a session's input and output.
struct SessionBio {
  static int read(BIO* bio, char* to, size_t size, size_t* taken) noexcept {
    TlsSession& session = *static_cast<TlsSession*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    *taken = std::min(size, session.input_.size());
    if (*taken == 0) {
      BIO_set_retry_read(bio);
      return 0;
    }
    std::ranges::copy(session.input_.first(*taken), reinterpret_cast<std::byte*>(to));
    session.input_ = session.input_.subspan(*taken);
    return 1;
  }

  static int write(BIO* bio, const char* from, size_t size, size_t* taken) {
    TlsSession& session = *static_cast<TlsSession*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    *taken = size;
    const auto bytes = std::as_bytes(std::span(from, size));
    if (size <= session.room_.size() - session.room_used_) {
      std::ranges::copy(bytes, session.room_.subspan(session.room_used_).begin());
      session.room_used_ += size;
    } else {
      session.control_.insert(session.control_.end(), bytes.begin(), bytes.end());
    }
    return 1;
  }

  static long control(BIO*, int command, long, void*) noexcept {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "millrace");
      BIO_meth_set_read_ex(m, &SessionBio::read);
      BIO_meth_set_write_ex(m, &SessionBio::write);
      BIO_meth_set_ctrl(m, &SessionBio::control);
      return m;
    }();
    return made;
  }
};

namespace {

constexpr std::string_view kServerLabel = "SERVER_TRAFFIC_SECRET_0 ";
constexpr std::string_view kClientLabel = "CLIENT_TRAFFIC_SECRET_0 ";

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// line: label SP client random in hex SP secret in hex (SSL_CTX_set_keylog_callback(3)).
std::optional<TrafficSecret> parse_secret(std::string_view line) noexcept {
  const std::string_view hex = line.substr(line.rfind(' ') + 1);
  std::array<unsigned char, TrafficSecret::kSizeMax> bytes;
  const size_t size = hex.size() / 2;
  if (hex.size() % 2 != 0 || (size != 32 && size != 48)) return std::nullopt;
  for (size_t i = 0; i < size; ++i) {
    const int high = hex_digit(hex[2 * i]);
    const int low = hex_digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i] = static_cast<unsigned char>(high << 4 | low);
  }
  TrafficSecret secret(std::span(bytes).first(size));
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return secret;
}

std::optional<Suite> suite_of(const SSL* ssl) noexcept {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  switch (cipher == nullptr ? 0 : SSL_CIPHER_get_protocol_id(cipher)) {
    case 0x1301:
      return Suite::kAes128GcmSha256;
    case 0x1302:
      return Suite::kAes256GcmSha384;
    case 0x1303:
      return Suite::kChaCha20Poly1305Sha256;
    default:
      return std::nullopt;
  }
}

bool set_mac_key(EVP_MAC_CTX* mac, const TicketKeys::Key& key) noexcept {
  char digest[] = "SHA256";
  std::array<unsigned char, 32> bytes = key.mac;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, bytes.data(), bytes.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  const bool is_set = EVP_MAC_CTX_set_params(mac, params) == 1;
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return is_set;
}

}  // namespace

TlsSession::TlsSession(core::Snapshot<TlsContext> context, TicketKeys& tickets)
    : context_(std::move(context)), tickets_(tickets), ssl_(context_->new_ssl()) {
  MR_ASSERT(ssl_ != nullptr);  // Only when memory is used up.
  BIO* bio = BIO_new(SessionBio::method());
  MR_ASSERT(bio != nullptr);
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
}

TlsSession::~TlsSession() { let_go(); }

// Whatever ends the connection, its session stays good for resumption.
void TlsSession::let_go() noexcept {
  if (ssl_ == nullptr) return;
  SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  ssl_.reset();
  ERR_clear_error();
}

TlsSession& TlsSession::of(const SSL* ssl) noexcept {
  return *static_cast<TlsSession*>(SSL_get_app_data(ssl));
}

void TlsSession::attach_callbacks(SSL_CTX* context) {
  SSL_CTX_set_keylog_callback(context, &TlsSession::on_key_logged);
  SSL_CTX_set_msg_callback(context, &TlsSession::on_message);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &TlsSession::on_ticket);
}

void TlsSession::on_key_logged(const SSL* ssl, const char* line) noexcept {
  const std::string_view text(line);
  const bool is_server = text.starts_with(kServerLabel);
  if (!is_server && !text.starts_with(kClientLabel)) return;
  const auto secret = parse_secret(text);
  if (!secret) return;
  TlsSession& session = of(ssl);
  (is_server ? session.server_secret_ : session.client_secret_) = *secret;
  if (is_server) session.records_since_secret_ = 0;
}

// The header of each record is shown when the record is sealed, so it is known how many (session
// tickets) went under the secret before the sealer takes over.
void TlsSession::on_message(int is_sent, int, int content_type, const void*, size_t, SSL* ssl,
                            void*) noexcept {
  if (is_sent != 0 && content_type == SSL3_RT_HEADER) ++of(ssl).records_since_secret_;
}

int TlsSession::on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                          EVP_MAC_CTX* mac, int is_sealing) noexcept {
  constexpr int kFailed = -1, kUnknown = 0, kGood = 1, kGoodAndRenew = 2;
  TicketKeys& tickets = of(ssl).tickets_;
  if (is_sealing != 0) {
    const TicketKeys::Key& key = tickets.current();
    std::ranges::copy(key.name, name);
    const bool ready =
        RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 &&
        EVP_EncryptInit_ex2(cipher, EVP_aes_256_cbc(), key.cipher.data(), iv, nullptr) == 1 &&
        set_mac_key(mac, key);
    return ready ? kGood : kFailed;
  }
  const TicketKeys::Found found = tickets.find(std::span(name, TicketKeys::Key().name.size()));
  if (found.key == nullptr) return kUnknown;
  const bool ready =
      set_mac_key(mac, *found.key) &&
      EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), found.key->cipher.data(), iv, nullptr) == 1;
  if (!ready) return kFailed;
  return found.age == TicketKeys::Age::kCurrent ? kGood : kGoodAndRenew;
}

core::Error TlsSession::failure() noexcept {
  const int reason = ERR_GET_REASON(ERR_peek_error());
  ERR_clear_error();
  if (reason >= SSL_AD_REASON_OFFSET) return {.code = ErrorCode::kClosed, .what = "TLS alert"};
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_WRONG_SSL_VERSION:
      return {.code = ErrorCode::kUnsupported, .what = "version of TLS"};
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
      return {.code = ErrorCode::kPrecondition, .what = "no cipher in common"};
    default:
      return {.code = ErrorCode::kMalformed, .what = "TLS"};
  }
}

Result<TlsSession::Progress> TlsSession::handshake() {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) {
    take_over();
    return Progress::kDone;
  }
  if (SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ) return Progress::kNeedsInput;
  return std::unexpected(failure());
}

// OpenSSL reads record by record, so whatever follows the handshake is still in the input. Without
// sealer and opener it goes on itself: TLS 1.2.
void TlsSession::take_over() noexcept {
  const unsigned char* name = nullptr;
  unsigned name_size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &name_size);
  protocol_.assign(reinterpret_cast<const char*>(name), name_size);
  is_resumed_ = SSL_session_reused(ssl_.get()) == 1;
  is_tls13_ = SSL_version(ssl_.get()) == TLS1_3_VERSION;
  const auto suite = suite_of(ssl_.get());
  if (is_tls13_ && suite && server_secret_.size() > 0 && client_secret_.size() > 0) {
    auto sealer = RecordSealer::create(*suite, server_secret_, records_since_secret_);
    auto opener = RecordOpener::create(*suite, client_secret_);
    if (sealer && opener) {
      sealer_.emplace(std::move(*sealer));
      opener_.emplace(std::move(*opener));
      let_go();
      context_.reset();
    }
  }
  server_secret_ = TrafficSecret();
  client_secret_ = TrafficSecret();
}

Result<size_t> TlsSession::read_records(std::span<std::byte> room) {
  while (has_input()) {
    const auto record = opener_->open(input_, room);
    if (!record) return refuse(record.error());
    if (!*record) break;
    const auto& [type, payload] = **record;
    switch (type) {
      case ContentType::kApplicationData:
        if (!payload.empty()) return payload.size();
        break;
      case ContentType::kAlert:
        return fail(ErrorCode::kClosed, "TLS alert");
      case ContentType::kHandshake:
        if (!heed(payload)) return refuse(RecordOpener::Alert::kUnexpectedMessage);
        break;
      default:
        return refuse(RecordOpener::Alert::kUnexpectedMessage);
    }
  }
  return size_t{0};
}

// A client has but one thing to say after its handshake, in a record of its own (RFC 8446, 5.1).
// KeyUpdate: type u8 = 24 | size u24be = 1 | update_requested u8
bool TlsSession::heed(std::span<const std::byte> message) noexcept {
  constexpr std::array<std::byte, 4> kHead{std::byte{24}, std::byte{0}, std::byte{0}, std::byte{1}};
  if (message.size() != kHead.size() + 1 || !std::ranges::equal(message.first(4), kHead)) {
    return false;
  }
  const auto asks_for_one = std::to_integer<unsigned>(message[4]);
  if (asks_for_one > 1 || key_updates_left_ == 0) return false;
  --key_updates_left_;
  // However many were asked for, one answers (RFC 8446, 4.6.3).
  if (asks_for_one == 1) owes_key_update_ = true;
  return opener_->update_key().has_value();
}

std::unexpected<core::Error> TlsSession::refuse(RecordOpener::Alert alert) {
  const std::array<std::byte, 2> fatal{std::byte{SSL3_AL_FATAL}, static_cast<std::byte>(alert)};
  append_sealed(ContentType::kAlert, fatal);
  return fail(ErrorCode::kMalformed, "TLS record");
}

Result<size_t> TlsSession::read(std::span<std::byte> room) {
  if (opener_) return read_records(room);
  ERR_clear_error();
  size_t size = 0;
  const int done = SSL_read_ex(ssl_.get(), room.data(), room.size(), &size);
  if (done == 1) return size;
  switch (SSL_get_error(ssl_.get(), done)) {
    case SSL_ERROR_WANT_READ:
      return size_t{0};
    case SSL_ERROR_ZERO_RETURN:
      return fail(ErrorCode::kClosed, "TLS close_notify");
    default:
      return std::unexpected(failure());
  }
}

bool TlsSession::has_control() const noexcept {
  return !control_.empty() || owes_key_update_ || (sealer_ && sealer_->wants_new_key());
}

std::vector<std::byte> TlsSession::take_control() {
  if (sealer_ && (owes_key_update_ || sealer_->wants_new_key())) {
    owes_key_update_ = false;
    append_sealed(ContentType::kHandshake, RecordSealer::kKeyUpdate);
    if (!sealer_->update_key()) control_.clear();
  }
  return std::exchange(control_, {});
}

void TlsSession::say_end() {
  if (sealer_) {
    append_sealed(ContentType::kAlert, kCloseNotify);
  } else if (SSL_is_init_finished(ssl_.get()) == 1) {
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
}

void TlsSession::append_sealed(ContentType type, std::span<const std::byte> payload) {
  const size_t before = control_.size();
  control_.resize(before + payload.size() + RecordSealer::kOverhead);
  const std::span<std::byte> record = std::span(control_).subspan(before);
  std::ranges::copy(payload, record.subspan(RecordSealer::kHeaderSize).begin());
  if (!sealer_->seal(type, record)) control_.resize(before);
}

Result<size_t> TlsSession::seal(std::span<std::byte> slab, size_t payload_size) noexcept {
  MR_ASSERT(payload_size > 0 && payload_size <= RecordSealer::kPayloadMax);
  MR_ASSERT(payload_size + kOverheadMax <= slab.size());
  if (sealer_) {
    const size_t size = payload_size + RecordSealer::kOverhead;
    const Result<> sealed = sealer_->seal(ContentType::kApplicationData, slab.first(size));
    if (!sealed) return std::unexpected(sealed.error());
    return size;
  }
  // OpenSSL seals in a buffer of its own and writes the record only then, over the payload.
  ERR_clear_error();
  room_ = slab;
  room_used_ = 0;
  size_t written = 0;
  const int done = SSL_write_ex(ssl_.get(), slab.data() + kPayloadOffset, payload_size, &written);
  room_ = {};
  const size_t size = std::exchange(room_used_, 0);
  if (done != 1) return std::unexpected(failure());
  if (written != payload_size) return fail(ErrorCode::kInternal, "SSL_write wrote a part");
  return size;
}

}  // namespace millrace::http::tls
