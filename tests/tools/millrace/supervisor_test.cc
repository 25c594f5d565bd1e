#include "tools/millrace/supervisor.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace millrace {
namespace {

/// What a supervisor listens on.
class Notified {
 public:
  explicit Notified(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Notified() { ::unsetenv("NOTIFY_SOCKET"); }
  std::string heard() const {
    char text[256];
    const ssize_t size = ::recv(socket_.get(), text, sizeof text, MSG_DONTWAIT);
    return size > 0 ? std::string(text, static_cast<size_t>(size)) : "";
  }

 private:
  core::UniqueFd socket_;
};

TEST(Supervisor, HearsOfTheStateByASocketInTheFileSystemOrOutsideIt) {
  const std::string name = "millrace-notify-" + std::to_string(::getpid());
  for (const std::string& address : {testing::TempDir() + name, "@" + name}) {
    const Notified supervisor(address);
    supervisor::notify("READY=1");
    EXPECT_EQ(supervisor.heard(), "READY=1") << address;
    ::unlink(address.c_str());
  }
}

TEST(Supervisor, IsNotNeeded) {
  ::unsetenv("NOTIFY_SOCKET");
  supervisor::notify("READY=1");
  EXPECT_TRUE(supervisor::take_listeners().empty());
  EXPECT_FALSE(supervisor::watchdog_interval());
}

TEST(Supervisor, SaysHowOftenItWantsToHearOfThisProcessAndOfNoOther) {
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  EXPECT_EQ(supervisor::watchdog_interval(), std::chrono::seconds(3));
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(supervisor::watchdog_interval());
  ::unsetenv("WATCHDOG_PID");
  ::setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_FALSE(supervisor::watchdog_interval());
  ::unsetenv("WATCHDOG_USEC");
}

}  // namespace
}  // namespace millrace
