// Sealing by the kernel, where it can: sendfile then goes on to work under TLS.
#pragma once

#include <cstdint>
#include <span>

#include "core/result.h"
#include "http/tls/traffic_secret.h"

namespace millrace::http::tls {

/// Whether this kernel has TLS and it is loaded, or may be (modprobe tls). Asks once.
bool kernel_has_tls() noexcept;

/// From here on the kernel seals what is sent on `socket`, beginning with record `sequence`; it
/// stays so until the socket is closed. Errors: kUnsupported (no such suite), kOs; the socket is as
/// before then. Source: Documentation/networking/tls.rst of Linux.
///
/// Never run against a real one: no kernel at hand had it. Hence off unless tls.kernel asks for it.
core::Result<> seal_by_kernel(int socket, Suite suite, const TrafficKey& key,
                              uint64_t sequence) noexcept;

/// Sends an alert on a socket that the kernel seals; one that does not fit at once is left unsaid.
void send_alert_by_kernel(int socket, std::span<const std::byte> alert) noexcept;

}  // namespace millrace::http::tls
