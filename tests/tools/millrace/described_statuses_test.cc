// What the server answers is what the OpenAPI file says that it may answer.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "tests/tools/millrace/program_test_bench.h"

namespace millrace {
namespace {

/// Statuses by "GET /path". Keys lie two, four and eight columns deep in the file.
std::map<std::string, std::set<int>> described_statuses() {
  std::map<std::string, std::set<int>> statuses;
  std::ifstream file(MR_OPENAPI);
  bool in_paths = false;
  std::string path, method;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != ' ') in_paths = line == "paths:";
    const size_t depth = line.find_first_not_of(' ');
    if (!in_paths || depth == std::string::npos) continue;
    if (depth == 2) path = line.substr(2, line.size() - 3);
    if (depth == 4) method = line.substr(4, line.size() - 5);
    if (depth == 8 && line[8] == '\'') {
      std::string key = method;
      std::ranges::transform(key, key.begin(), [](char c) { return static_cast<char>(c & ~0x20); });
      statuses[key + " " + path].insert(std::stoi(line.substr(9, 3)));
    }
  }
  return statuses;
}

struct Provocation {
  std::string_view method, path;  ///< As in the file.
  std::string_view address;
  int status;
  std::string_view fields = "";
  std::string_view body = "";
};

#define MR_VIDEOS "/api/VideoStream/videos"
#define MR_MANIFEST "/api/VideoStream/manifest"
#define MR_LIVE "/api/VideoStream/live"
#define MR_QUALITY MR_MANIFEST "/readyready1/360p"
constexpr std::string_view kJson = "Content-Type: application/json\r\n";
constexpr std::string_view kBeyond = "Range: bytes=999999999-\r\n";
constexpr std::string_view kPart = "Range: bytes=0-9\r\n";
constexpr std::string_view kAny = "If-None-Match: *\r\n";

constexpr Provocation kProvocations[] = {
    {"GET", "/", "/", 200},
    {"GET", "/", "/", 304, kAny},
    {"GET", "/watch/{id}", "/watch/any", 200},
    {"GET", "/upload", "/upload", 200},
    {"GET", "/assets/{file}", "/assets/none", 404},
    {"GET", "/assets/vendor/{file}", "/assets/vendor/none", 404},
    {"GET", "/healthz", "/healthz", 200},
    {"GET", "/readyz", "/readyz", 200},
    {"GET", "/metrics", "/metrics", 200},
    {"GET", MR_VIDEOS, MR_VIDEOS, 200},
    {"GET", MR_VIDEOS, MR_VIDEOS, 304, kAny},
    {"GET", MR_VIDEOS, MR_VIDEOS "?page=0", 400},
    {"GET", MR_VIDEOS "/{id}", MR_VIDEOS "/readyready1", 200},
    {"GET", MR_VIDEOS "/{id}", MR_VIDEOS "/readyready1", 304, kAny},
    {"GET", MR_VIDEOS "/{id}", MR_VIDEOS "/gone", 404},
    {"PATCH", MR_VIDEOS "/{id}", MR_VIDEOS "/readyready1", 200, kJson, R"({"title":"New"})"},
    {"PATCH", MR_VIDEOS "/{id}", MR_VIDEOS "/readyready1", 400, kJson, "{}"},
    {"PATCH", MR_VIDEOS "/{id}", MR_VIDEOS "/gone", 404, kJson, "{}"},
    {"PATCH", MR_VIDEOS "/{id}", MR_VIDEOS "/readyready1", 415, "", "{}"},
    {"DELETE", MR_VIDEOS "/{id}", MR_VIDEOS "/gone", 404},
    {"GET", MR_VIDEOS "/{id}/events", MR_VIDEOS "/readyready1/events", 200},
    {"GET", MR_VIDEOS "/{id}/events", MR_VIDEOS "/gone/events", 404},
    {"GET", "/api/VideoStream/watch", "/api/VideoStream/watch?v=readyready1&itag=18", 200},
    {"GET", "/api/VideoStream/watch", "/api/VideoStream/watch?v=readyready1&itag=18", 206, kPart},
    {"GET", "/api/VideoStream/watch", "/api/VideoStream/watch?v=readyready1&itag=18", 304, kAny},
    {"GET", "/api/VideoStream/watch", "/api/VideoStream/watch?v=readyready1", 400},
    {"GET", "/api/VideoStream/watch", "/api/VideoStream/watch?v=readyready1&itag=37", 404},
    {"GET", "/api/VideoStream/watch", "/api/VideoStream/watch?v=readyready1&itag=18", 416, kBeyond},
    {"GET", MR_MANIFEST "/{id}.m3u8", MR_MANIFEST "/readyready1.m3u8", 200},
    {"GET", MR_MANIFEST "/{id}.m3u8", MR_MANIFEST "/readyready1.m3u8", 304, kAny},
    {"GET", MR_MANIFEST "/{id}.m3u8", MR_MANIFEST "/readyready1.m3u8?segment=0", 400},
    {"GET", MR_MANIFEST "/{id}.m3u8", MR_MANIFEST "/gone.m3u8", 404},
    {"GET", MR_MANIFEST "/{id}/{quality}.m3u8", MR_QUALITY ".m3u8", 200},
    {"GET", MR_MANIFEST "/{id}/{quality}.m3u8", MR_QUALITY ".m3u8?container=avi", 400},
    {"GET", MR_MANIFEST "/{id}/{quality}.m3u8", MR_MANIFEST "/gone/360p.m3u8", 404},
    {"GET", MR_MANIFEST "/{id}/{quality}/iframes.m3u8", MR_QUALITY "/iframes.m3u8", 200},
    {"GET", MR_MANIFEST "/{id}/{quality}/init.mp4", MR_QUALITY "/init.mp4", 206, kPart},
    {"GET", MR_MANIFEST "/{id}/{quality}/init.mp4", MR_QUALITY "/init.mp4", 416, kBeyond},
    {"GET", MR_MANIFEST "/{id}/{quality}/{first}-{last}.m4s", MR_QUALITY "/0-1.m4s", 200},
    {"GET", MR_MANIFEST "/{id}/{quality}/{first}-{last}.m4s", MR_QUALITY "/0-1.m4s", 206, kPart},
    {"GET", MR_MANIFEST "/{id}/{quality}/{first}-{last}.m4s", MR_QUALITY "/0-1.m4s", 304, kAny},
    {"GET", MR_MANIFEST "/{id}/{quality}/{first}-{last}.m4s", MR_QUALITY "/1-0.m4s", 400},
    {"GET", MR_MANIFEST "/{id}/{quality}/{first}-{last}.m4s", MR_QUALITY "/9-9.m4s", 404},
    {"GET", MR_MANIFEST "/{id}/{quality}/{first}-{last}.m4s", MR_QUALITY "/0-1.m4s", 416, kBeyond},
    {"GET", MR_MANIFEST "/{id}/{quality}/{first}-{last}.ts", MR_QUALITY "/0-1.ts", 200},
    {"GET", MR_MANIFEST "/{id}/{quality}/{first}-{last}.ts", MR_QUALITY "/0-1.ts", 206, kPart},
    {"GET", MR_MANIFEST "/{id}/{quality}/{first}-{last}.ts", MR_QUALITY "/1-0.ts", 400},
    {"GET", MR_MANIFEST "/{id}/{quality}/{first}-{last}.ts", MR_QUALITY "/9-9.ts", 404},
    {"GET", MR_MANIFEST "/{id}/{quality}/track.mp4", MR_QUALITY "/track.mp4", 200},
    {"GET", MR_MANIFEST "/{id}/{quality}/track.mp4", MR_QUALITY "/track.mp4", 416, kBeyond},
    {"GET", MR_MANIFEST "/{id}/storyboard.vtt", MR_MANIFEST "/readyready1/storyboard.vtt", 404},
    {"GET", MR_MANIFEST "/{id}/storyboard.jpg", MR_MANIFEST "/readyready1/storyboard.jpg", 404},
    {"GET", MR_MANIFEST "/{id}/poster.jpg", MR_MANIFEST "/readyready1/poster.jpg", 200},
    {"GET", MR_MANIFEST "/{id}/poster.jpg", MR_MANIFEST "/readyready1/poster.jpg", 416, kBeyond},
    {"GET", MR_LIVE "/{stream}.m3u8", MR_LIVE "/none.m3u8", 404},
    {"GET", MR_LIVE "/{stream}/{quality}.m3u8", MR_LIVE "/none/source.m3u8", 404},
    {"GET", MR_LIVE "/{stream}/{quality}/{init}.mp4", MR_LIVE "/none/source/1.mp4", 404},
    {"GET", MR_LIVE "/{stream}/{quality}/{msn}.m4s", MR_LIVE "/none/source/1.m4s", 404},
    {"GET", MR_LIVE "/{stream}/{quality}/p{part}.m4s", MR_LIVE "/none/source/p1.m4s", 404},
    {"GET", MR_LIVE "/{stream}/chunk", MR_LIVE "/none/chunk?seq=1", 404},
    {"PUT", "/ingest/{key}", "/ingest/no-such-key", 403, "", "GGGGGGGGGG"},
    {"POST", "/ingest/{key}", "/ingest/no-such-key", 415, "", "neither TS nor FLV"},
    {"OPTIONS", "/api/VideoStream/upload", "/api/VideoStream/upload", 204},
    {"PUT", "/api/VideoStream/upload/{upload}", "/api/VideoStream/upload/a.mp4", 201, "", "file"},
    {"POST", "/api/VideoStream/upload", "/api/VideoStream/upload?filename=a.mp4", 201, "", "file"},
    {"HEAD", "/api/VideoStream/upload/{upload}", "/api/VideoStream/upload/gone", 404,
     "Tus-Resumable: 1.0.0\r\n"},
    {"HEAD", "/api/VideoStream/upload/{upload}", "/api/VideoStream/upload/gone", 412},
    {"POST", "/api/VideoStream/upload/{upload}", "/api/VideoStream/upload/gone", 405},
    {"DELETE", "/api/VideoStream/upload/{upload}", "/api/VideoStream/upload/gone", 404,
     "Tus-Resumable: 1.0.0\r\n"},
};

class DescribedStatuses : public test::ProgramTestBench {};

TEST_F(DescribedStatuses, AreTheOnesThatTheServerAnswers) {
  const auto described = described_statuses();
  for (const Provocation& each : kProvocations) {
    const test::Answer answer = ask(
        {.method = each.method, .target = each.address, .fields = each.fields, .body = each.body});
    EXPECT_EQ(answer.status, each.status) << each.method << " " << each.address << answer.body;
    const auto found = described.find(fmt::format("{} {}", each.method, each.path));
    ASSERT_NE(found, described.end()) << each.method << " " << each.path;
    EXPECT_TRUE(found->second.contains(each.status))
        << each.status << " is not described for " << found->first;
  }
}

}  // namespace
}  // namespace millrace
