// A disk that fills up, real: a small tmpfs in a namespace of a child process.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/media/upload/test_bench.h"

namespace millrace::media::upload {
namespace {

using http::Outgoing;
using test::Bench;

constexpr int kNoNamespaces = 77;

/// A namespace where this user may mount, and is still itself.
bool enter_namespace() {
  const std::string user = std::to_string(getuid());
  const std::string group = std::to_string(getgid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << user + " " + user + " 1";
  std::ofstream("/proc/self/gid_map") << group + " " + group + " 1";
  return true;
}

bool mount_disk(const std::string& path, unsigned long flags, const char* options) {
  return mount("tmpfs", path.c_str(), "tmpfs", flags, options) == 0;
}

/// What happens in the child; yields its exit status.
int fill_the_disk(const test::TemporaryFolder& folder) {
  const std::string disk = folder.file("uploads");
  std::filesystem::create_directory(disk);
  if (!enter_namespace() || !mount_disk(disk, 0, "size=2m")) return kNoNamespaces;

  Bench bench(folder);
  const std::string film(5'000'000, 'f');
  const std::string address = bench.create_with({{"Upload-Defer-Length", "1"}});
  const Outgoing full = bench.patch(address, 0, {{film}});
  EXPECT_EQ(full.status, 507);
  const uint64_t kept = std::stoull(bench.offset(address));
  EXPECT_GT(kept, 1'000'000U) << "what fitted is kept";
  EXPECT_LE(kept, 2'097'152U);
  EXPECT_EQ(bench.put("/a.mp4", {{film}}).status, 507) << "and so is an upload in one request";
  EXPECT_EQ(bench.offset(address), std::to_string(kept));

  EXPECT_TRUE(mount_disk(disk, MS_REMOUNT, "size=16m"));
  const Outgoing rest = bench.patch(address, kept, {{film.substr(kept)}},
                                    {{"Upload-Length", std::to_string(film.size())}});
  EXPECT_EQ(rest.status, 204) << "there is space again";
  EXPECT_TRUE(test::content_of(bench.store().original(Bench::id_of(address))) == film);
  return testing::Test::HasFailure() ? 1 : 0;
}

TEST(FullDisk, KeepsWhatFittedAndGoesOnWhenThereIsSpaceAgain) {  // UP-01: 507
  const test::TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) _exit(fill_the_disk(folder));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoNamespaces) GTEST_SKIP() << "no namespaces for this user";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace millrace::media::upload
