// HT-02, HT-03 and HT-05 as a whole: every kind and size of body, method, condition and range with
// every other, against a model that is written from RFC 9110 and shares no code with the server.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/hash.h"
#include "core/http_date.h"
#include "http/server.h"
#include "tests/http/loopback.h"
#include "tests/http/open_file.h"

namespace millrace::http {
namespace {

using test::Client;
using test::file_of;
using test::Reply;

const core::UnixTime kModified = core::UnixTime(std::chrono::seconds(1'000'000'000));
constexpr std::string_view kEtag = "\"v1\"";

// Around the limits where a body is joined to its head, sent in parts, or given another turn.
constexpr size_t kSizes[] = {0, 1, 2, 1000, 32 * 1024, 32 * 1024 + 1, 300'000};
constexpr std::string_view kKinds[] = {"text", "shared", "file", "generated"};

const std::string& content_of(size_t size) {
  static std::map<size_t, std::string> made;
  const auto [place, is_new] = made.try_emplace(size, size, '\0');
  std::mt19937_64 random(size);
  if (is_new) std::ranges::generate(place->second, [&] { return static_cast<char>(random()); });
  return place->second;
}

/// Bodies of one content by every way a body can be given.
class Bodies {
 public:
  RouteResult get(Request& request) {
    const auto size = static_cast<size_t>(request.param_uint("size"));
    Response response = Response::ok("video/mp4", body(request.param("kind"), size));
    response.etag = kEtag;
    response.last_modified = kModified;
    return response;
  }

 private:
  static Body body(std::string_view kind, size_t size) {
    const std::string& content = content_of(size);
    if (kind == "text") return content;
    if (kind == "shared") {
      return SharedBytes{.identity = std::make_shared<const std::string>(content), .gzip = nullptr};
    }
    const auto file = file_of(content);
    if (kind == "file" || size < 3) return FileSlices{.head = {}, .slices = {{file, 0, size}}};
    // A head from memory, and then the rest in two pieces.
    return FileSlices{.head = content.substr(0, 1),
                      .slices = {{file, 1, size / 2}, {file, 1 + size / 2, size - 1 - size / 2}}};
  }
};

struct Case {
  std::string_view method;
  std::string_view kind;
  size_t size = 0;
  std::string_view range;      // the field's value; "" for none
  std::string_view condition;  // whole fields
};

struct Expected {
  int status = 200;
  size_t first = 0;
  size_t size = 0;
  std::string content_range;
};

constexpr std::string_view kRanges[] = {
    "",
    "bytes=0-0",
    "bytes=0-",
    "bytes=1-",
    "bytes=-1",
    "bytes=-0",
    "bytes=-99999",
    "bytes=999-1000",
    "bytes=5-2",
    "bytes=abc",
    "bytes=0-0,2-2",
    "lines=0-1",
    "bytes=32767-32769",
    "bytes=99999999999999999999-",
    "bytes=",
};

const std::string kOlder = "Sat, 08 Sep 2001 01:46:40 GMT";  // a day before kModified
const std::string kExactly = "Sun, 09 Sep 2001 01:46:40 GMT";
const std::string kNewer = "Mon, 10 Sep 2001 01:46:40 GMT";

std::vector<std::string> conditions() {
  return {"",
          "If-None-Match: \"v1\"\r\n",
          "If-None-Match: W/\"v1\"\r\n",
          "If-None-Match: \"v0\", \"v1\"\r\n",
          "If-None-Match: \"v0\"\r\n",
          "If-None-Match: *\r\n",
          "If-Modified-Since: " + kOlder + "\r\n",
          "If-Modified-Since: " + kExactly + "\r\n",
          "If-None-Match: \"v0\"\r\nIf-Modified-Since: " + kNewer + "\r\n",
          "If-Match: \"v1\"\r\n",
          "If-Match: W/\"v1\"\r\n",
          "If-Match: \"v0\"\r\n",
          "If-Match: *\r\n",
          "If-Unmodified-Since: " + kOlder + "\r\n",
          "If-Unmodified-Since: " + kNewer + "\r\n",
          "If-Match: \"v0\"\r\nIf-None-Match: \"v1\"\r\n",
          "If-Match: \"v1\"\r\nIf-Unmodified-Since: " + kOlder + "\r\n",
          "If-Range: \"v1\"\r\n",
          "If-Range: W/\"v1\"\r\n",
          "If-Range: \"v0\"\r\n",
          "If-Range: " + kExactly + "\r\n",
          "If-Range: " + kOlder + "\r\n",
          "If-Range: " + kNewer + "\r\n"};
}

bool says(const Case& one, std::string_view field) {
  return one.condition.find(field) != std::string_view::npos;
}

// RFC 9110, 13.2.2, for one representation with the tag "v1" that was changed at kExactly.
std::optional<int> refused(const Case& one) {
  if (says(one, "If-Match: ")) {
    if (!says(one, "If-Match: \"v1\"") && !says(one, "If-Match: *")) return 412;
  } else if (says(one, "If-Unmodified-Since: " + kOlder)) {
    return 412;
  }
  if (says(one, "If-None-Match: ")) {
    if (says(one, "If-None-Match: \"v1\"") || says(one, "If-None-Match: W/\"v1\"") ||
        says(one, ", \"v1\"") || says(one, "If-None-Match: *")) {
      return 304;
    }
  } else if (says(one, "If-Modified-Since: " + kExactly)) {
    return 304;
  }
  return std::nullopt;
}

bool range_holds(const Case& one) {
  if (one.method != "GET" || one.range.empty()) return false;
  return !says(one, "If-Range: ") || says(one, "If-Range: \"v1\"") ||
         says(one, "If-Range: " + kExactly);
}

// First and last byte of a range field that is well formed and single; nothing for the others.
std::optional<std::pair<uint64_t, uint64_t>> bytes_asked(std::string_view range, size_t size) {
  constexpr uint64_t kEnd = UINT64_MAX;
  if (range == "bytes=0-0") return std::pair<uint64_t, uint64_t>(0, 0);
  if (range == "bytes=0-") return std::pair<uint64_t, uint64_t>(0, kEnd);
  if (range == "bytes=1-") return std::pair<uint64_t, uint64_t>(1, kEnd);
  if (range == "bytes=-1") return std::pair<uint64_t, uint64_t>(size == 0 ? 0 : size - 1, kEnd);
  if (range == "bytes=-0") return std::pair<uint64_t, uint64_t>(kEnd, kEnd);
  if (range == "bytes=-99999") {
    return std::pair<uint64_t, uint64_t>(size < 99999 ? 0 : size - 99999, kEnd);
  }
  if (range == "bytes=999-1000") return std::pair<uint64_t, uint64_t>(999, 1000);
  if (range == "bytes=32767-32769") return std::pair<uint64_t, uint64_t>(32767, 32769);
  if (range.starts_with("bytes=9999999999")) return std::pair<uint64_t, uint64_t>(kEnd, kEnd);
  return std::nullopt;
}

Expected expect(const Case& one) {
  if (const auto status = refused(one)) return {.status = *status};
  Expected whole{.status = 200, .first = 0, .size = one.size, .content_range = {}};
  if (!range_holds(one)) return whole;
  const auto asked = bytes_asked(one.range, one.size);
  if (!asked) return whole;
  if (asked->first >= one.size) {
    return {.status = 416, .content_range = "bytes */" + std::to_string(one.size)};
  }
  const uint64_t last = std::min<uint64_t>(asked->second, one.size - 1);
  return {.status = 206,
          .first = asked->first,
          .size = last - asked->first + 1,
          .content_range = "bytes " + std::to_string(asked->first) + "-" + std::to_string(last) +
                           "/" + std::to_string(one.size)};
}

class DeliveryMatrix : public test::LoopbackTest {
 protected:
  DeliveryMatrix() {
    router_.add(Method::kGet, "/{kind}/{size:uint}", endpoint<&Bodies::get>(bodies_));
    start();
  }

  static std::string request_of(const Case& one) {
    std::string text = std::string(one.method) + " /" + std::string(one.kind) + "/" +
                       std::to_string(one.size) + " HTTP/1.1\r\nHost: x\r\n";
    if (!one.range.empty()) text += "Range: " + std::string(one.range) + "\r\n";
    return text + std::string(one.condition) + "\r\n";
  }

  static void check(const Case& one, const Reply& reply) {
    SCOPED_TRACE(request_of(one));
    const Expected expected = expect(one);
    ASSERT_EQ(reply.status, expected.status);
    EXPECT_EQ(reply.field("Content-Range"), expected.content_range);
    if (expected.status == 200 || expected.status == 206) {
      EXPECT_EQ(reply.field("Content-Length"), std::to_string(expected.size));
      EXPECT_EQ(reply.field("ETag"), kEtag);
      EXPECT_EQ(reply.field("Last-Modified"), kExactly);
      const std::string wanted = one.method == "HEAD"
                                     ? std::string()
                                     : content_of(one.size).substr(expected.first, expected.size);
      EXPECT_EQ(core::to_hex(core::xxh3_128(core::bytes_of(reply.body), 0)),
                core::to_hex(core::xxh3_128(core::bytes_of(wanted), 0)));
    }
    if (expected.status == 304) {
      EXPECT_TRUE(reply.body.empty());
      EXPECT_EQ(reply.field("ETag"), kEtag);
      EXPECT_EQ(reply.field("Content-Length"), "");
    }
  }

  // One connection, all requests of a kind and size pipelined in batches, so that each answer also
  // shows that the one before ended where it said.
  void ask_all(std::string_view kind, size_t size) {
    static const std::vector<std::string> kConditions = conditions();
    Client client = connect();
    for (const std::string_view method : {"GET", "HEAD"}) {
      for (const std::string& condition : kConditions) {
        std::string batch;
        std::vector<Case> cases;
        for (const std::string_view range : kRanges) {
          cases.push_back({method, kind, size, range, condition});
          batch += request_of(cases.back());
        }
        client.send(batch);
        for (const Case& one : cases) {
          check(one, client.read_reply(method == "HEAD" ? Client::Of::kHead : Client::Of::kGet));
          if (HasFatalFailure()) return;
        }
      }
    }
  }

  Bodies bodies_;
};

TEST_F(DeliveryMatrix, HT_02_HT_03_HT_05_HoldForEveryBodyMethodConditionAndRange) {
  for (const std::string_view kind : kKinds) {
    for (const size_t size : kSizes) {
      ask_all(kind, size);
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace millrace::http
