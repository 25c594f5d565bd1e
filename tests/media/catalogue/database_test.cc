#include "media/catalogue/database.h"

#include <gtest/gtest.h>

#include <fstream>

#include "media/catalogue/catalogue.h"
#include "media/catalogue/schema.h"
#include "tests/media/catalogue/test_store.h"

namespace millrace::media::catalogue {
namespace {

using core::ErrorCode;
using test::at_ms;
using test::must_open;
using test::video;

TEST(CatalogueFile, IsMigratedFromEveryOlderVersionWithItsRows) {
  for (size_t version = 1; version < schema_steps().size(); ++version) {
    test::TemporaryFolder folder;
    const std::string path = folder.file("old.db");
    {
      auto old = Database::open(path);
      ASSERT_TRUE(old);
      for (size_t step = 0; step < version; ++step) {
        ASSERT_TRUE(old->execute(schema_steps()[step])) << old->last_message();
      }
      ASSERT_TRUE(old->execute(("PRAGMA user_version = " + std::to_string(version)).c_str()));
      ASSERT_TRUE(old->execute(
          "INSERT INTO videos (id, title, tags, state, created, size, file_name, container,"
          " video_codec, audio_codec, width, height, frame_rate_num, frame_rate_den, duration)"
          " VALUES ('v1', 'A film', '', 'queued', 1000, 42, 'film.mp4', '', '', '', 0, 0, 0, 1, "
          "0)"))
          << old->last_message();
    }
    const auto catalogue = must_open(path);
    const auto videos = catalogue->load_videos();
    ASSERT_EQ(videos->size(), 1U);
    EXPECT_EQ(*(*videos)[0].video, video("v1"));
    EXPECT_EQ(catalogue->database().integer("PRAGMA user_version").value(),
              static_cast<int64_t>(schema_steps().size()));
  }
}

TEST(CatalogueFile, OfANewerMillraceIsRefusedUntouched) {
  test::TemporaryFolder folder;
  const std::string path = folder.file("new.db");
  {
    auto newer = Database::open(path);
    ASSERT_TRUE(newer->execute("CREATE TABLE future (x); PRAGMA user_version = 1000"));
  }
  const auto refused = Catalogue::open(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(Database::open(path)->integer("PRAGMA user_version").value(), 1000);
}

TEST(CatalogueFile, ThatIsNotADatabaseIsRefusedWithAClearError) {
  test::TemporaryFolder folder;
  const std::string path = folder.file("text.db");
  std::ofstream(path) << std::string(4096, 'x');
  const auto refused = Catalogue::open(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kMalformed);
  EXPECT_STREQ(refused.error().what, "the catalogue file is not a database");
}

TEST(CatalogueFile, WithADamagedPageIsRefusedWithAClearError) {
  test::TemporaryFolder folder;
  const std::string path = folder.file("damaged.db");
  {
    const auto catalogue = must_open(path);
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(catalogue->accept_video({.video = video("video" + std::to_string(i))}));
    }
    ASSERT_TRUE(catalogue->database().execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);  // The root page of the first table.
    const std::string noise(4096 * 8, '\xA5');
    file.write(noise.data(), static_cast<std::streamsize>(noise.size()));
  }
  const auto refused = Catalogue::open(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kMalformed);
}

TEST(CatalogueFile, IsUsedByOneServerAtATime) {
  test::TemporaryFolder folder;
  const std::string path = folder.file("catalogue.db");
  {
    const auto first = must_open(path);
    EXPECT_EQ(Catalogue::open(path).error().code, ErrorCode::kConflict);
    EXPECT_TRUE(Database::open(path)) << "a backup may read it";
  }
  EXPECT_TRUE(Catalogue::open(path)) << "the first one has ended";
}

TEST(CatalogueFile, InAFolderThatIsNotThereIsAnError) {
  test::TemporaryFolder folder;
  const auto refused = Catalogue::open(folder.file("missing/catalogue.db"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
}

TEST(Transaction, RollsBackUnlessItIsCommitted) {
  auto database = Database::open(":memory:");
  ASSERT_TRUE(database);
  ASSERT_TRUE(database->execute("CREATE TABLE t (x)"));
  {
    auto transaction = Transaction::begin(*database, Durability::kProcess);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(database->execute("INSERT INTO t VALUES (1)"));
  }
  EXPECT_EQ(database->integer("SELECT count(*) FROM t").value(), 0);
}

TEST(Statement, BindsTextWithQuotesAndNulBytesAsItIs) {
  auto database = Database::open(":memory:");
  ASSERT_TRUE(database->execute("CREATE TABLE t (x TEXT)"));
  auto insert = database->prepare("INSERT INTO t VALUES (?1)");
  const std::string hostile("'); DROP TABLE t; --\0x", 22);
  ASSERT_TRUE(insert->execute(hostile));
  auto select = database->prepare("SELECT x FROM t");
  Execution row = select->run();
  ASSERT_TRUE(row.step().value());
  EXPECT_EQ(row.text(0), hostile);
}

}  // namespace
}  // namespace millrace::media::catalogue
