#include "core/page_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/core.h"
#include "core/hash.h"
#include "core/page_source.h"

namespace millrace::core {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

std::string read_all(const PageFile& file) {
  std::string text(file.size(), '\0');
  const ssize_t size = ::pread(file.fd(), text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return text;
}

uint64_t bytes_allocated(const PageFile& file) {
  struct stat status{};
  EXPECT_EQ(::fstat(file.fd(), &status), 0);
  return static_cast<uint64_t>(status.st_blocks) * 512;
}

PageSource probe(const PageSource::Folders& folders) {
  Result<PageSource> source = PageSource::probe(folders);
  EXPECT_TRUE(source) << source.error().what;
  return std::move(*source);
}

PageFile open(const PageSource& source, uint64_t size) {
  Result<PageFile> file = source.open(size);
  EXPECT_TRUE(file) << file.error().what;
  return std::move(*file);
}

TEST(PageFile, SaysWhereEachAppendBeginsAndKeepsWhatWasThere) {
  PageFile file = open(probe({}), kMiB);
  EXPECT_EQ(file.append_now(bytes_of("first ")).value(), 0u);
  EXPECT_EQ(file.append_now(bytes_of("second")).value(), 6u);
  EXPECT_EQ(file.size(), 12u);
  EXPECT_EQ(read_all(file), "first second");
}

TEST(PageFile, MayGrowBeyondWhatWasExpected) {
  PageFile file = open(probe({}), 4096);
  const std::string bytes(3 * kMiB, 'x');
  ASSERT_TRUE(file.append_now(bytes_of(bytes)));
  EXPECT_TRUE(file.append_now(bytes_of("end")));
  EXPECT_EQ(read_all(file), bytes + "end");
}

TEST(PageFile, SealedTakesAsMuchMemoryAsItHasBytes) {
  PageFile file = open(probe({}), 64 * kMiB);
  ASSERT_TRUE(file.append_now(bytes_of(std::string(100'000, 'x'))));
  file.seal();
  EXPECT_GE(bytes_allocated(file), 100'000u);
  EXPECT_LE(bytes_allocated(file), 104u * 1024);
}

TEST(PageFile, IsKeptByAnotherDescriptor) {
  const PageSource source = probe({});
  UniqueFd kept;
  {
    PageFile file = open(source, kMiB);
    ASSERT_TRUE(file.append_now(bytes_of("still here")));
    kept = std::move(*file.duplicate());
  }
  std::string text(10, '\0');
  EXPECT_EQ(::pread(kept.get(), text.data(), text.size(), 0), 10);
  EXPECT_EQ(text, "still here");
}

TEST(PageFile, IsWrittenByTheRingWhereItIsNoMemory) {
  const SystemClock clock;
  auto core = Core::create({}, clock);
  ASSERT_TRUE(core);
  // A folder of the build, as /tmp may be memory.
  const PageSource source = probe({.named = {}, .disk = "."});
  const bool is_on_disk = source.kind() == PageKind::kDisk;
  PageFile file = open(source, kMiB);
  EXPECT_EQ(file.is_memory(), !is_on_disk);
  const std::string bytes(300'000, 'y');
  for (uint64_t i = 0; i < 3; ++i) {
    const auto at = (*core)->block_on(file.append((*core)->ring(), bytes_of(bytes)));
    ASSERT_TRUE(at);
    EXPECT_EQ(*at, i * bytes.size());
  }
  EXPECT_EQ(read_all(file), bytes + bytes + bytes);
}

TEST(PageSource, ChoosesTheCheapestMemoryThatItCanHave) {
  const PageSource source = probe({});
  for (const PageSource::Tried& tried : source.tried()) {
    if (tried.failure) continue;
    EXPECT_GT(tried.per_mib.count(), 0) << to_string(tried.kind);
    EXPECT_LE(source.per_mib(), tried.per_mib) << to_string(tried.kind);
  }
}

TEST(PageSource, TriesAMemfdOnEveryMachine) {
  const PageSource source = probe({});
  const auto memfd =
      std::ranges::find(source.tried(), PageKind::kMemfd, &PageSource::Tried::kind);
  ASSERT_NE(memfd, source.tried().end());
  EXPECT_FALSE(memfd->failure);
}

TEST(PageSource, SaysWhyAFolderCannotBeUsed) {
  const PageSource source = probe({.named = "/no/such/folder", .disk = {}});
  const auto folder =
      std::ranges::find(source.tried(), PageKind::kFolder, &PageSource::Tried::kind);
  ASSERT_NE(folder, source.tried().end());
  ASSERT_TRUE(folder->failure);
  EXPECT_EQ(folder->failure->code, ErrorCode::kNotFound);
  EXPECT_NE(source.kind(), PageKind::kFolder);
}

TEST(PageSource, TakesADiskOnlyWhereItIsMuchCheaperThanMemory) {
  const PageSource source = probe({.named = {}, .disk = "."});
  auto memory = std::chrono::nanoseconds::max();
  for (const PageSource::Tried& tried : source.tried()) {
    if (!tried.failure && tried.kind != PageKind::kDisk) memory = std::min(memory, tried.per_mib);
  }
  if (source.kind() == PageKind::kDisk) {
    EXPECT_LT(static_cast<double>(source.per_mib().count()),
              PageSource::kDiskShareMax * static_cast<double>(memory.count()));
  } else {
    EXPECT_EQ(source.per_mib(), memory);
  }
}

}  // namespace
}  // namespace millrace::core
