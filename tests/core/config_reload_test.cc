#include "core/config_reload.h"

#include <gtest/gtest.h>

#include "core/config_keys.h"

namespace millrace::core {
namespace {

TEST(TakeLiveKeys, CopiesWhatIsLiveAndNamesWhatIsNot) {
  Config running, wanted;
  wanted.log.level = LogLevel::kDebug;
  wanted.http.idle_timeout = std::chrono::seconds(5);
  wanted.transcode.rung = {{.quality = "360p", .height = 360, .bitrate_bps = 1}};
  wanted.cors.allowed_origins = {"https://example.org"};
  wanted.server.listen.port = 9;
  wanted.store.root = "elsewhere";
  const ConfigChange change = take_reloadable_keys(running, wanted);
  EXPECT_EQ(change.applied, "http.idle_timeout,transcode.rung,log.level,cors.allowed_origins");
  EXPECT_EQ(change.needs_restart, "server.listen,store.root");
  EXPECT_EQ(running.log.level, LogLevel::kDebug);
  EXPECT_EQ(running.http.idle_timeout, std::chrono::seconds(5));
  EXPECT_EQ(running.transcode.rung, wanted.transcode.rung);
  EXPECT_EQ(running.server.listen.port, 8080);
  EXPECT_EQ(running.store.root, "store");
}

TEST(TakeLiveKeys, FindsNothingInTheSameConfiguration) {
  Config running;
  const ConfigChange change = take_reloadable_keys(running, Config{});
  EXPECT_EQ(change.applied + change.needs_restart, "");
}

TEST(ConfigReference, MarksTheKeysThatASignalReloads) {
  const std::string reference = config_reference();
  EXPECT_TRUE(reference.contains("\"error\". [reloadable]\nlevel = "));
  EXPECT_TRUE(reference.contains("\"json\".\nformat = "));
}

}  // namespace
}  // namespace millrace::core
