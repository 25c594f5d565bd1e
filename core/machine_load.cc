#include "core/machine_load.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <string>

#include "core/unique_fd.h"

namespace millrace::core {
namespace {

/// The first 4 KiB; "" where there is no such file.
std::string read_proc(const char* path) {
  const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  std::array<char, 4096> bytes;
  const ssize_t size = ::read(file.get(), bytes.data(), bytes.size());
  return size > 0 ? std::string(bytes.data(), static_cast<size_t>(size)) : std::string();
}

/// Takes the next number off the front.
std::optional<uint64_t> take_number(std::string_view& text) {
  const size_t begin = text.find_first_of("0123456789");
  if (begin == text.npos) return std::nullopt;
  uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data() + begin, text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

uint64_t count_descriptors() {
  struct stat status{};
  // Linux 6.2 and newer tell the number as the size; before, somebody has to count.
  if (::stat("/proc/self/fd", &status) == 0 && status.st_size > 0) {
    return static_cast<uint64_t>(status.st_size);
  }
  std::error_code error;
  uint64_t count = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end;
       it.increment(error)) {
    ++count;
  }
  return count;
}

uint64_t descriptor_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

}  // namespace

std::optional<TcpMemory> read_tcp_memory(std::string_view sockstat, std::string_view tcp_mem) {
  const size_t line = sockstat.find("\nTCP:");
  if (line == sockstat.npos) return std::nullopt;
  sockstat = sockstat.substr(line + 1);
  sockstat = sockstat.substr(0, sockstat.find('\n'));
  const size_t member = sockstat.find(" mem ");
  if (member == sockstat.npos) return std::nullopt;
  sockstat.remove_prefix(member);
  const auto used = take_number(sockstat);
  const auto low = take_number(tcp_mem);
  const auto pressure = take_number(tcp_mem);
  const auto max = take_number(tcp_mem);
  if (!used || !low || !pressure || !max) return std::nullopt;
  return TcpMemory{.used = *used, .pressure = *pressure, .max = *max};
}

MachineLoad sample_machine_load() {
  const auto page_size = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::string statm = read_proc("/proc/self/statm");
  std::string_view pages = statm;
  static_cast<void>(take_number(pages));  // The size of the address space.
  return {.tcp = read_tcp_memory(read_proc("/proc/net/sockstat"),
                                 read_proc("/proc/sys/net/ipv4/tcp_mem")),
          .page_size = page_size,
          .descriptors_open = count_descriptors(),
          .descriptors_max = descriptor_limit(),
          .resident_bytes = take_number(pages).value_or(0) * page_size};
}

}  // namespace millrace::core
