// CPU time of processes that are measured from outside.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <cstdio>
#include <span>

namespace millrace::bench {

/// Nanoseconds of all threads, also of those that have ended, to the nanosecond: /proc/PID/stat
/// counts ticks of 10 ms. Includes what interrupts did meanwhile (CONFIG_IRQ_TIME_ACCOUNTING=n).
inline uint64_t cpu_ns_of(std::span<const pid_t> processes) noexcept {
  uint64_t sum = 0;
  for (const pid_t process : processes) {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0) continue;
    sum += static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
  }
  return sum;
}

/// Nanoseconds that `cpu` was not idle since boot, in ticks; includes what the hypervisor took.
inline uint64_t busy_ns_of_cpu(unsigned cpu) noexcept {
  std::FILE* file = std::fopen("/proc/stat", "re");
  if (file == nullptr) return 0;
  char line[512];
  uint64_t busy = 0;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    unsigned number = 0;
    unsigned long long user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0,
                       stolen = 0;
    if (std::sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu %llu", &number, &user, &nice,
                    &system, &idle, &wait, &irq, &soft, &stolen) == 9 &&
        number == cpu) {
      busy = (user + nice + system + irq + soft + stolen) * 10'000'000;
    }
  }
  std::fclose(file);
  return busy;
}

}  // namespace millrace::bench
