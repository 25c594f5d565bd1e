#include "media/live/ingest/http/http_ingest.h"

#include <gtest/gtest.h>

#include "tests/http/loopback.h"
#include "tests/media/live/ingest/rtmp/collecting_desk.h"

namespace millrace::media::live {
namespace {

using http::test::Client;
using http::test::Reply;

class HttpIngestTest : public http::test::LoopbackTest {
 protected:
  void SetUp() override {
    router_.add(http::Method::kPut, "/ingest/{key}",
                http::endpoint<&HttpIngest::put_stream>(ingest_));
    router_.add(http::Method::kPost, "/ingest/{key}",
                http::endpoint<&HttpIngest::put_stream>(ingest_));
  }
  static std::string head(std::string_view method, std::string_view key) {
    return std::string(method) + " /ingest/" + std::string(key) +
           " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  }
  static std::string chunk(std::string_view bytes) {
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + std::string(bytes) + "\r\n";
  }
  static std::string_view text_of(const rtmp::test::Publication& publication) {
    return {reinterpret_cast<const char*>(publication.bytes.data()), publication.bytes.size()};
  }

  rtmp::test::CollectingDesk desk_;
  HttpIngest ingest_{desk_};
};

TEST_F(HttpIngestTest, IsOneEndlessRequest) {
  start();
  Client client = connect();
  const std::string packet = "G" + std::string(187, 'x');
  client.send(head("PUT", "secret") + chunk(packet.substr(0, 3)) + chunk(packet.substr(3)));
  pump_.until([&] { return !desk_.publications.empty() && desk_.only().bytes.size() == 188; });
  EXPECT_EQ(desk_.only().request.container, IngestContainer::kMpegTs);
  EXPECT_EQ(desk_.only().request.protocol, "http");
  client.send(chunk(packet) + "0\r\n\r\n");
  EXPECT_EQ(client.read_reply().status, 204);
  EXPECT_EQ(text_of(desk_.only()), packet + packet);
  EXPECT_TRUE(desk_.only().finished);
}

TEST_F(HttpIngestTest, TellsTheContainerByItsFirstBytes) {
  start();
  const std::pair<std::string, IngestContainer> kinds[] = {
      {std::string("FLV\x01\x05\0\0\0\x09\0\0\0\0", 13), IngestContainer::kFlv},
      {std::string("\0\0\0\x18"
                   "ftypiso5----",
                   16),
       IngestContainer::kFmp4},
      {std::string("\0\0\0\x18"
                   "stypcmfs----",
                   16),
       IngestContainer::kFmp4}};
  for (const auto& [bytes, container] : kinds) {
    Client client = connect();
    client.send(head("POST", "secret") + chunk(bytes) + "0\r\n\r\n");
    EXPECT_EQ(client.read_reply().status, 204);
    EXPECT_EQ(desk_.publications.back()->request.container, container);
  }
}

TEST_F(HttpIngestTest, TakesABrokenConnectionForALostOne) {
  start();
  Client client = connect();
  client.send(head("PUT", "secret") + chunk("G" + std::string(187, 'x')));
  pump_.until([&] { return !desk_.publications.empty(); });
  client.close();
  pump_.until([&] { return desk_.only().destroyed; });
  EXPECT_FALSE(desk_.only().finished);
}

TEST_F(HttpIngestTest, RefusesAsDashIfSays) {  // IG-05
  start();
  const auto publish = [&](std::string_view key, std::string_view bytes) {
    Client client = connect();
    client.send(head("PUT", key) + chunk(bytes) + "0\r\n\r\n");
    return client.read_reply();
  };
  EXPECT_EQ(publish("wrong", "GGGGGGGG").status, 403);
  EXPECT_EQ(publish("secret", "no stream").status, 415);
  EXPECT_EQ(publish("secret", "G").status, 415);
  desk_.refusal = core::ErrorCode::kConflict;
  EXPECT_EQ(publish("secret", "GGGGGGGG").status, 409);
  desk_.refusal = core::ErrorCode::kOverloaded;
  EXPECT_EQ(publish("secret", "GGGGGGGG").status, 503);
  desk_.refusal.reset();
  desk_.taken_over = true;
  EXPECT_EQ(publish("secret", "GGGGGGGG").status, 409);
}

}  // namespace
}  // namespace millrace::media::live
