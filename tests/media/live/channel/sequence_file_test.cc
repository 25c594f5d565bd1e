#include "media/live/channel/sequence_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/temporary_folder.h"

namespace millrace::media::live {
namespace {

class SequenceFile : public testing::Test {
 protected:
  std::string path() const { return folder_.file("live/stage.json"); }
  void put(std::string_view text) const {
    std::filesystem::create_directories(folder_.file("live"));
    std::ofstream(path()) << text;
  }

  const millrace::test::TemporaryFolder folder_;
};

TEST_F(SequenceFile, IsNotThereBeforeTheFirstStream) {
  EXPECT_EQ(read_floors(path()), SequenceFloors{});
}

TEST_F(SequenceFile, YieldsWhatWasWrittenLast) {
  for (const uint64_t msn : {7UL, 123'456'789'012UL}) {
    const SequenceFloors floors{.media_sequence = msn, .discontinuity_sequence = 3};
    ASSERT_TRUE(write_floors(path(), floors));
    EXPECT_EQ(read_floors(path()), floors);
  }
  EXPECT_FALSE(std::filesystem::exists(path() + ".new"));
}

// A stream that began at 1 again would break every player (PL-13): better none.
TEST_F(SequenceFile, IsRefusedWhenItIsDamaged) {
  for (const std::string_view text : {"", "{", "[]", R"({"mediaSequence":5})",
                                      R"({"mediaSequence":-1,"discontinuitySequence":0})",
                                      R"({"mediaSequence":0,"discontinuitySequence":0})",
                                      R"({"mediaSequence":1.5,"discontinuitySequence":0})"}) {
    put(text);
    const auto read = read_floors(path());
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, core::ErrorCode::kMalformed);
  }
}

TEST_F(SequenceFile, KeepsTheOldNumbersWhereTheNewCannotBeWritten) {
  const SequenceFloors floors{.media_sequence = 7, .discontinuity_sequence = 1};
  ASSERT_TRUE(write_floors(path(), floors));
  std::filesystem::create_directory(path() + ".new");  // In its place.
  EXPECT_FALSE(write_floors(path(), {.media_sequence = 8}));
  EXPECT_EQ(read_floors(path()), floors);
}

}  // namespace
}  // namespace millrace::media::live
