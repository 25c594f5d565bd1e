#include "http/tls/tls_transport.h"

#include <gtest/gtest.h>

#include "tests/http/loopback.h"
#include "tests/http/open_file.h"
#include "tests/http/tls/certificates.h"
#include "tests/http/tls/tls_peer.h"

namespace millrace::http::tls {
namespace {

using namespace std::chrono_literals;
using http::test::file_of;
using test::make_certificate;
using test::PeerTerms;
using test::TlsPeer;

/// A client over TLS: what it says is served while it waits for the answer.
class Viewer {
 public:
  Viewer(http::test::Pump pump, uint16_t port, const PeerTerms& terms = {})
      : pump_(pump), client_(pump, port), peer_(terms) {}

  /// Whether the handshake succeeded.
  bool shake_hands() {
    bool done = false;
    pump_.until([&] {
      done = peer_.handshake();
      exchange();
      return done || closed_;
    });
    return done;
  }
  void send(std::string_view text) {
    peer_.write(text);
    exchange();
  }
  http::test::Reply get(std::string_view target, std::string_view fields = {}) {
    send("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n");
    return read_reply();
  }
  http::test::Reply read_reply() {
    http::test::Reply reply;
    read_until([&] { return text_.contains("\r\n\r\n"); });
    const size_t end = text_.find("\r\n\r\n");
    if (end == std::string::npos) return reply;
    reply.head = text_.substr(0, end + 4);
    reply.status = std::stoi(reply.head.substr(9, 3));
    const size_t size = parse_decimal(reply.field("Content-Length")).value_or(0);
    read_until([&] { return text_.size() >= end + 4 + size; });
    reply.body = text_.substr(end + 4, size);
    text_.erase(0, end + 4 + size);
    return reply;
  }
  void read_until(const std::function<bool()>& enough) {
    pump_.until([&] {
      exchange();
      text_ += peer_.read();
      return enough() || closed_;
    });
  }
  void exchange() {
    const std::string out = peer_.take_to_send();
    if (!out.empty()) client_.send(out);
    pump_.settle();
    peer_.receive(client_.take_now());
    closed_ = client_.is_closed();
  }
  std::string& text() { return text_; }
  bool closed() const { return closed_; }
  TlsPeer& peer() { return peer_; }
  http::test::Client& client() { return client_; }

 private:
  http::test::Pump pump_;
  http::test::Client client_;
  TlsPeer peer_;
  std::string text_;
  bool closed_ = false;
};

std::string pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>((i * 2654435761u) >> 13);
  return text;
}

RouteResult get_small(Request&) { return Response::ok("text/plain", std::string("small")); }

core::Task<RouteResult> put_size(Request& request) {
  auto body = co_await request.read_whole_body(8 << 20);
  if (!body) co_return std::unexpected(body.error());
  co_return Response::ok("text/plain", *body == pattern(body->size()) ? "same" : "other");
}

struct Film {
  std::string content = pattern(3'000'000);
  std::shared_ptr<const OpenFile> file = file_of(content);
  RouteResult get(Request&) const {
    return Response::ok(
        "video/mp4",
        FileSlices{.head = "head", .slices = {{file, 0, 1'000'000}, {file, 5, 2'000'000}}});
  }
  RouteResult get_short(Request&) const {
    return Response::ok("video/mp4",
                        FileSlices{.head = {}, .slices = {{file, 2'900'000, 200'000}}});
  }
  std::string expected() const {
    return "head" + content.substr(0, 1'000'000) + content.substr(5, 2'000'000);
  }
};

class TlsTransportTest : public http::test::LoopbackTest {
 protected:
  void SetUp() override { open({}); }
  void TearDown() override {
    LoopbackTest::TearDown();
    EXPECT_EQ(core_->buffers().in_use(), 0u) << "somebody kept a slab";
  }
  void open(const TlsEndpoint::Options& options) {
    endpoint_.emplace(*core_, context(), TicketSeed::random(clock_.now()), options, tls_metrics_);
    tls_ = &*endpoint_;
  }
  void serve() {
    router_.add(Method::kGet, "/small", endpoint<&get_small>());
    router_.add(Method::kPut, "/size", endpoint<&put_size>());
    router_.add(Method::kGet, "/film", endpoint<&Film::get>(film_));
    router_.add(Method::kGet, "/short", endpoint<&Film::get_short>(film_));
    start();
  }
  static core::Snapshot<TlsContext> context(std::string names = "DNS:example.org") {
    const CertificateText texts[] = {make_certificate({.names = std::move(names)})};
    auto made = TlsContext::create(texts, {}, std::chrono::system_clock::now());
    EXPECT_TRUE(made) << made.error();
    return *made;
  }
  Viewer viewer(const PeerTerms& terms = {}) { return Viewer(pump_, server_->port(), terms); }
  uint64_t failures(std::string_view reason) {
    return metrics_.value(metrics_.counter({.name = "millrace_tls_handshake_failures_total",
                                            .help = "",
                                            .labels = {{"reason", reason}}}));
  }

  TlsMetrics tls_metrics_{metrics_};
  std::optional<TlsEndpoint> endpoint_;
  Film film_;
};

class EachVersion : public TlsTransportTest, public ::testing::WithParamInterface<int> {
 protected:
  PeerTerms terms() const { return {.version_min = GetParam(), .version_max = GetParam()}; }
};

TEST_P(EachVersion, ServesWhatIsInMemoryAndWhatIsInFiles) {
  serve();
  Viewer a = viewer(terms());
  ASSERT_TRUE(a.shake_hands());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(a.get("/small").body, "small");
    const auto film = a.get("/film");
    EXPECT_EQ(film.status, 200);
    EXPECT_TRUE(film.body == film_.expected());
  }
  EXPECT_EQ(a.get("/film", "Range: bytes=1000000-1000009\r\n").body,
            film_.expected().substr(1'000'000, 10));
}

TEST_P(EachVersion, TakesABody) {
  serve();
  Viewer a = viewer(terms());
  ASSERT_TRUE(a.shake_hands());
  const std::string body = pattern(300'000);
  a.send("PUT /size HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n");
  for (size_t at = 0; at < body.size(); at += 20'000) a.send(body.substr(at, 20'000));
  EXPECT_EQ(a.read_reply().body, "same");
}

TEST_P(EachVersion, AnswersRequestsThatCameTogether) {
  serve();
  Viewer a = viewer(terms());
  ASSERT_TRUE(a.shake_hands());
  const std::string request = "GET /small HTTP/1.1\r\nHost: x\r\n\r\n";
  a.send(request + request);
  a.peer().write(request);
  a.send(request);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(a.read_reply().body, "small") << i;
}

TEST_P(EachVersion, SaysThatItIsTheEnd) {
  serve();
  Viewer a = viewer(terms());
  ASSERT_TRUE(a.shake_hands());
  EXPECT_EQ(a.get("/small", "Connection: close\r\n").body, "small");
  a.read_until([] { return false; });
  EXPECT_EQ(a.peer().error(), SSL_ERROR_ZERO_RETURN);
}

TEST_P(EachVersion, BreaksOffWithoutSayingSo) {
  serve();
  Viewer a = viewer(terms());
  ASSERT_TRUE(a.shake_hands());
  a.send("GET /short HTTP/1.1\r\nHost: x\r\n\r\n");
  a.read_until([] { return false; });
  EXPECT_EQ(metrics_.value(counts_.broken_responses), 1u);
}

INSTANTIATE_TEST_SUITE_P(TlsTransportTest, EachVersion,
                         ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), [](const auto& info) {
                           return info.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

TEST_F(TlsTransportTest, ResumesAfterAnAbruptEnd) {
  serve();
  test::Session session;
  {
    Viewer a = viewer();
    ASSERT_TRUE(a.shake_hands());
    EXPECT_EQ(a.get("/small").body, "small");
    session = a.peer().session();
    a.client().close();
    pump_.settle();
  }
  Viewer b = viewer({.session = session});
  ASSERT_TRUE(b.shake_hands());
  EXPECT_TRUE(b.peer().resumed());
  EXPECT_EQ(b.get("/small").body, "small");
  EXPECT_EQ(metrics_.value(tls_metrics_.resumed_handshakes), 1u);
  EXPECT_EQ(metrics_.value(tls_metrics_.full_handshakes), 1u);
}

TEST_F(TlsTransportTest, KeepsConnectionsWhenCertificatesChange) {
  serve();
  Viewer a = viewer();
  ASSERT_TRUE(a.shake_hands());
  endpoint_->use(context("DNS:other.example"));
  EXPECT_EQ(a.get("/small").body, "small");
  Viewer b = viewer();
  ASSERT_TRUE(b.shake_hands());
  EXPECT_EQ(X509_check_host(b.peer().certificate().get(), "other.example", 0, 0, nullptr), 1);
  EXPECT_EQ(a.get("/film").body.size(), film_.expected().size());
}

TEST_F(TlsTransportTest, TellsAClientWithoutTlsWhatIsWrong) {
  serve();
  http::test::Client plain = connect();
  const auto reply = plain.get("/small");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.body, "This port wants HTTPS: use TLS");
  plain.close();
  pump_.settle();
  EXPECT_EQ(failures("plain_http"), 1u);
}

TEST_F(TlsTransportTest, EndsAHandshakeThatTakesTooLong) {
  serve();
  Viewer a = viewer();
  EXPECT_FALSE(a.peer().handshake());
  a.client().send(a.peer().take_to_send().substr(0, 40));
  advance(9s);
  EXPECT_FALSE(a.client().is_closed());
  advance(2s);
  EXPECT_TRUE(a.client().is_closed());
  EXPECT_EQ(failures("timeout"), 1u);
  http::test::Client silent = connect();
  advance(11s);
  EXPECT_TRUE(silent.is_closed());
}

TEST_F(TlsTransportTest, RefusesHandshakesBeyondTheQueue) {
  open({.handshakes_waiting_max = 2});
  serve();
  std::vector<std::unique_ptr<Viewer>> viewers;
  for (int i = 0; i < 10; ++i) {
    viewers.push_back(std::make_unique<Viewer>(pump_, server_->port()));
    viewers.back()->peer().handshake();
  }
  pump_.settle();
  for (auto& each : viewers) each->client().send(each->peer().take_to_send());
  size_t served = 0;
  for (auto& each : viewers) served += each->shake_hands() ? 1 : 0;
  EXPECT_EQ(served + failures("refused"), 10u);
  EXPECT_GE(served, HandshakeQueue::kPerTurn + 2);
}

TEST_F(TlsTransportTest, CountsGarbage) {
  serve();
  http::test::Client a = connect();
  a.send(std::string_view("\x16\x03\x01\x00\x05hello", 10));
  EXPECT_TRUE(a.is_closed());
  EXPECT_EQ(failures("protocol"), 1u);
}

TEST_F(TlsTransportTest, WaitsForASlowViewerWithoutASlab) {
  serve();
  Viewer a = viewer();
  ASSERT_TRUE(a.shake_hands());
  a.peer().write("GET /film HTTP/1.1\r\nHost: x\r\n\r\n");
  a.client().send(a.peer().take_to_send());
  pump_.settle();
  EXPECT_LE(core_->buffers().in_use(), 16u * 1024);
  EXPECT_TRUE(a.read_reply().body == film_.expected());
}

TEST_F(TlsTransportTest, AnswersAKeyUpdateInTheMiddle) {
  serve();
  Viewer a = viewer();
  ASSERT_TRUE(a.shake_hands());
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(SSL_key_update(a.peer().ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    EXPECT_TRUE(a.get("/film").body == film_.expected());
  }
}

}  // namespace
}  // namespace millrace::http::tls
