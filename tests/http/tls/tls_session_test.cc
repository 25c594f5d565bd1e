#include "http/tls/tls_session.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "core/hash.h"
#include "tests/http/tls/certificates.h"
#include "tests/http/tls/tls_peer.h"

namespace millrace::http::tls {
namespace {

using namespace std::chrono_literals;
using test::CertificateWish;
using test::KeyKind;
using test::make_certificate;
using test::PeerTerms;
using test::TlsPeer;

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class TlsSessionTest : public ::testing::Test {
 protected:
  void certify(std::vector<CertificateText> texts, TlsTerms terms = {}) {
    auto context = TlsContext::create(texts, terms, std::chrono::system_clock::now());
    ASSERT_TRUE(context) << context.error();
    context_ = *context;
  }
  std::unique_ptr<TlsSession> serve() { return std::make_unique<TlsSession>(context_, tickets_); }

  /// Carries bytes both ways until both are done or the server fails.
  core::Result<> connect(TlsSession& server, TlsPeer& peer) {
    for (int i = 0; i < 10; ++i) {
      const bool peer_done = peer.handshake();
      sent_ = peer.take_to_send();
      server.take_input(core::bytes_of(sent_));
      const auto progress = server.handshake();
      peer.receive(text_of(server.take_control()));
      if (!progress) return std::unexpected(progress.error());
      if (peer_done && *progress == TlsSession::Progress::kDone) return {};
    }
    return core::fail(core::ErrorCode::kTimeout, "handshake");
  }
  std::string open_at(TlsSession& server, std::string bytes) {
    sent_ = std::move(bytes);
    server.take_input(core::bytes_of(sent_));
    std::string text;
    std::array<std::byte, TlsSession::kRoomSize> room;
    for (;;) {
      const auto size = server.read(room);
      ended_ = !size;
      if (!size || *size == 0) return text;
      text.append(text_of(std::span(room).first(*size)));
    }
  }
  static std::string seal(TlsSession& server, std::string_view text) {
    std::string records;
    while (!text.empty()) {
      const std::string_view payload = text.substr(0, RecordSealer::kPayloadMax);
      text.remove_prefix(payload.size());
      std::vector<std::byte> slab(payload.size() + TlsSession::kOverheadMax);
      std::ranges::copy(core::bytes_of(payload), slab.begin() + TlsSession::kPayloadOffset);
      const auto size = server.seal(slab, payload.size());
      EXPECT_TRUE(size);
      records.append(text_of(std::span(slab).first(size.value_or(0))));
    }
    return records;
  }

  core::SimulatedClock clock_;
  TicketKeys tickets_{TicketSeed::random(clock_.now()), 1h, clock_};
  core::Snapshot<TlsContext> context_;
  std::string sent_;
  bool ended_ = false;
};

struct Variant {
  const char* name;
  int version;
  const char* suite;
  bool has_sealer;
};

class EachSuite : public TlsSessionTest, public ::testing::WithParamInterface<Variant> {};

TEST_P(EachSuite, IsReadByOpenSslAtEverySize) {
  certify({make_certificate()});
  const auto server = serve();
  TlsPeer peer({.version_min = GetParam().version,
                .version_max = GetParam().version,
                .suites = GetParam().suite});
  ASSERT_TRUE(connect(*server, peer));
  EXPECT_EQ(server->sealer() != nullptr, GetParam().has_sealer);
  peer.write("GET");
  EXPECT_EQ(open_at(*server, peer.take_to_send()), "GET");
  std::string body;
  for (size_t i = 0; i < 130'000; ++i) body.push_back(static_cast<char>('a' + i % 23));
  for (const size_t size : {1u, 2u, 15u, 16u, 17u, 255u, 1460u, 4096u, 16383u, 16384u, 16385u,
                            65536u, 100'000u, 130'000u}) {
    peer.receive(seal(*server, body.substr(0, size)));
    ASSERT_EQ(peer.read(), body.substr(0, size)) << size;
    ASSERT_EQ(peer.error(), SSL_ERROR_WANT_READ);
  }
  server->say_end();
  peer.receive(text_of(server->take_control()));
  EXPECT_EQ(peer.read(), "");
  EXPECT_EQ(peer.error(), SSL_ERROR_ZERO_RETURN);
}

INSTANTIATE_TEST_SUITE_P(
    TlsSessionTest, EachSuite,
    ::testing::Values(Variant{"Aes128", TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", true},
                      Variant{"Aes256", TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384", true},
                      Variant{"ChaCha20", TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256", true},
                      Variant{"Tls12", TLS1_2_VERSION, "", false}),
    [](const auto& info) { return info.param.name; });

TEST_F(TlsSessionTest, AnswersAKeyUpdateThatAsksForOne) {
  certify({make_certificate()});
  const auto server = serve();
  TlsPeer peer;
  ASSERT_TRUE(connect(*server, peer));
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    peer.write("with the next key");
    EXPECT_EQ(open_at(*server, peer.take_to_send()), "with the next key");
    EXPECT_TRUE(server->has_control());
    peer.receive(text_of(server->take_control()));
    EXPECT_FALSE(server->has_control());
    peer.receive(seal(*server, "so are we"));
    EXPECT_EQ(peer.read(), "so are we");
  }
}

TEST_F(TlsSessionTest, TakesANewKeyBeforeTheOldOneIsUsedUp) {
  certify({make_certificate()});
  const auto server = serve();
  TlsPeer peer;
  ASSERT_TRUE(connect(*server, peer));
  server->sealer()->set_record_count_max(5);
  size_t update_count = 0;
  for (int i = 0; i < 50; ++i) {
    if (server->has_control()) {
      ++update_count;
      peer.receive(text_of(server->take_control()));
    }
    peer.receive(seal(*server, "x"));
    ASSERT_EQ(peer.read(), "x");
  }
  EXPECT_GE(update_count, 9u);
}

TEST_F(TlsSessionTest, ChoosesTheCertificateByTheNameAskedFor) {
  certify({make_certificate({.names = "DNS:first.example"}),
           make_certificate({.names = "DNS:b.example,DNS:*.b.example"}),
           make_certificate({.names = "DNS:www.b.example"})});
  const std::pair<const char*, const char*> cases[] = {{"first.example", "first.example"},
                                                       {"b.example", "b.example"},
                                                       {"x.B.example", "b.example"},
                                                       {"www.b.example", "www.b.example"},
                                                       {"x.y.b.example", "first.example"},
                                                       {"unknown.example", "first.example"},
                                                       {"", "first.example"}};
  for (const auto& [asked, expected] : cases) {
    const auto server = serve();
    TlsPeer peer({.server_name = asked});
    ASSERT_TRUE(connect(*server, peer)) << asked;
    EXPECT_EQ(X509_check_host(peer.certificate().get(), expected, 0, 0, nullptr), 1) << asked;
  }
}

TEST_F(TlsSessionTest, OffersKeysOfTwoKindsForOneName) {
  certify({make_certificate(), make_certificate({.key = KeyKind::kRsa2048})});
  for (const char* cipher : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"}) {
    const auto server = serve();
    TlsPeer peer({.version_max = TLS1_2_VERSION, .ciphers = cipher});
    EXPECT_TRUE(connect(*server, peer)) << cipher;
  }
}

TEST_F(TlsSessionTest, AgreesOnAProtocolItSpeaks) {
  certify({make_certificate()}, {.protocols = {"h2", "http/1.1"}});
  const auto server = serve();
  TlsPeer peer({.protocols = "\x08http/1.1\x02h2"});
  ASSERT_TRUE(connect(*server, peer));
  EXPECT_EQ(server->protocol(), "h2");
  const auto other = serve();
  TlsPeer stranger({.protocols = "\x04smtp"});
  EXPECT_FALSE(connect(*other, stranger));
}

class Resumption : public TlsSessionTest, public ::testing::WithParamInterface<int> {
 protected:
  bool resumes(test::Session session) {
    const auto server = serve();
    TlsPeer peer({.version_max = GetParam(), .session = std::move(session)});
    EXPECT_TRUE(connect(*server, peer));
    peer.receive(seal(*server, "x"));
    EXPECT_EQ(peer.read(), "x");
    last_session_ = peer.session();
    EXPECT_EQ(server->is_resumed(), peer.resumed());
    return peer.resumed();
  }
  test::Session last_session_;
};

TEST_P(Resumption, OutlivesOneRotationOfTheKeysAndNotTwo) {
  certify({make_certificate()});
  EXPECT_FALSE(resumes(nullptr));
  const test::Session first = last_session_;
  ASSERT_NE(first, nullptr);
  EXPECT_TRUE(resumes(first));
  clock_.advance(61min);
  EXPECT_TRUE(resumes(first));
  clock_.advance(60min);
  EXPECT_FALSE(resumes(first));
}

TEST_P(Resumption, OutlivesOtherCertificates) {
  certify({make_certificate()});
  EXPECT_FALSE(resumes(nullptr));
  const test::Session first = last_session_;
  certify({make_certificate()});
  EXPECT_TRUE(resumes(first));
}

INSTANTIATE_TEST_SUITE_P(TlsSessionTest, Resumption,
                         ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), [](const auto& info) {
                           return info.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

TEST_F(TlsSessionTest, TellsWhyAHandshakeFailed) {
  certify({make_certificate()}, {.version_min = Version::kTls13});
  const auto old = serve();
  TlsPeer old_peer({.version_max = TLS1_2_VERSION});
  EXPECT_EQ(connect(*old, old_peer).error().code, core::ErrorCode::kUnsupported);

  certify({make_certificate()});
  const auto poor = serve();
  TlsPeer poor_peer({.version_max = TLS1_2_VERSION, .ciphers = "AES128-SHA@SECLEVEL=0"});
  EXPECT_EQ(connect(*poor, poor_peer).error().code, core::ErrorCode::kPrecondition);

  const auto confused = serve();
  const std::string garbage("\x16\x03\x01\x00\x05hello", 10);
  confused->take_input(core::bytes_of(garbage));
  const auto progress = confused->handshake();
  ASSERT_FALSE(progress);
  EXPECT_EQ(progress.error().code, core::ErrorCode::kMalformed);
  EXPECT_TRUE(confused->has_control()) << "an alert says so to the client";
}

TEST_F(TlsSessionTest, EndsWithAnAlertWhenARecordWasChanged) {
  certify({make_certificate()});
  const auto server = serve();
  TlsPeer peer;
  ASSERT_TRUE(connect(*server, peer));
  peer.write("hello");
  std::string record = peer.take_to_send();
  record.back() = static_cast<char>(record.back() ^ 1);
  EXPECT_EQ(open_at(*server, record), "");
  EXPECT_TRUE(ended_);
  peer.receive(text_of(server->take_control()));
  EXPECT_EQ(peer.read(), "");
  EXPECT_EQ(peer.error(), SSL_ERROR_SSL);
}

TEST_F(TlsSessionTest, TakesRecordsInAnyPieces) {
  certify({make_certificate()});
  const auto server = serve();
  TlsPeer peer;
  ASSERT_TRUE(connect(*server, peer));
  for (const size_t piece_size : {1u, 3u, 5u, 6u, 100u, 4096u}) {
    const std::string said(20'000, 'a');
    peer.write(said);
    const std::string records = peer.take_to_send();
    std::string heard;
    for (size_t at = 0; at < records.size(); at += piece_size) {
      heard += open_at(*server, records.substr(at, piece_size));
      ASSERT_FALSE(ended_);
    }
    ASSERT_TRUE(heard == said) << piece_size;
  }
}

TEST_F(TlsSessionTest, EndsAtRecordsThatCannotBe) {
  certify({make_certificate()});
  const std::pair<std::string, int> cases[] = {
      {std::string("\x14\x03\x03\x00\x01\x01", 6), SSL_AD_UNEXPECTED_MESSAGE},
      {std::string("\x17\x03\x03\x41\x01", 5), SSL_AD_RECORD_OVERFLOW},
      {std::string("\x17\x03\x03\x00\x10", 5), SSL_AD_BAD_RECORD_MAC},
      {"GET / HTTP/1.1\r\n", SSL_AD_UNEXPECTED_MESSAGE}};
  for (const auto& [bytes, alert] : cases) {
    const auto server = serve();
    TlsPeer peer;
    ASSERT_TRUE(connect(*server, peer));
    EXPECT_EQ(open_at(*server, bytes), "");
    EXPECT_TRUE(ended_);
    peer.receive(text_of(server->take_control()));
    EXPECT_EQ(peer.read(), "");
    EXPECT_EQ(peer.error(), SSL_ERROR_SSL);
    EXPECT_EQ(ERR_GET_REASON(ERR_get_error()), SSL_AD_REASON_OFFSET + alert) << bytes;
    ERR_clear_error();
  }
}

TEST_F(TlsSessionTest, EndsWithAClientThatOnlyEverTakesNewKeys) {
  certify({make_certificate()});
  const auto server = serve();
  TlsPeer peer;
  ASSERT_TRUE(connect(*server, peer));
  size_t taken = 0;
  while (!ended_ && taken < 1000) {
    ASSERT_EQ(SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED), 1);
    ASSERT_EQ(SSL_do_handshake(peer.ssl()), 1);
    open_at(*server, peer.take_to_send());
    if (!ended_) ++taken;
  }
  EXPECT_EQ(taken, 256u);
}

TEST_F(TlsSessionTest, DoesNotRenegotiate) {
  certify({make_certificate()});
  const auto server = serve();
  TlsPeer peer({.version_max = TLS1_2_VERSION});
  ASSERT_TRUE(connect(*server, peer));
  if (SSL_renegotiate(peer.ssl()) == 1) static_cast<void>(peer.handshake());
  open_at(*server, peer.take_to_send());
  peer.receive(text_of(server->take_control()));
  EXPECT_FALSE(peer.handshake());
  EXPECT_FALSE(server->is_resumed());
}

}  // namespace
}  // namespace millrace::http::tls
