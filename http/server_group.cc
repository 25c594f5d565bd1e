#include "http/server_group.h"

#include "core/io/listener.h"
#include "http/server.h"

namespace millrace::http {

ServerGroup::ServerGroup(std::vector<core::Core*> cores)
    : cores_(std::move(cores)),
      members_(cores_.size()),
      loads_(static_cast<unsigned>(cores_.size())) {}

void ServerGroup::join(unsigned core, Server& server) {
  members_[core] = {.server = &server, .listening = server.sockets()};
  loads_.open(core);
}

void ServerGroup::leave(unsigned core) noexcept {
  loads_.close(core);
  members_[core].server = nullptr;
}

// Of a burst one core may have accepted its part before another one wakes. A socket of a core that
// ends meanwhile tells nothing or something wrong, which does no harm.
uint32_t ServerGroup::load_with_backlog(unsigned core) const noexcept {
  uint32_t load = loads_.load(core);
  for (const int socket : members_[core].listening) load += core::io::backlog_of(socket);
  return load;
}

std::optional<unsigned> ServerGroup::lighter_than(unsigned core) noexcept {
  const std::optional<unsigned> lighter = loads_.lighter_than(core);
  if (!lighter) return std::nullopt;
  const bool is_so = core::LoadBoard::is_clearly_less(load_with_backlog(*lighter),
                                                      load_with_backlog(core));
  return is_so ? lighter : std::nullopt;
}

}  // namespace millrace::http
