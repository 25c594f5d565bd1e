// A simulated client: what it asks, how it behaves, and whether it got what it was owed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/http/tls/tls_peer.h"
#include "tests/sim/dialogue.h"
#include "tests/sim/exchange.h"
#include "tests/sim/network.h"

namespace millrace::sim {

class Client {
 public:
  struct Habits {
    enum class Leaving : uint8_t { kClose, kReset, kStay };

    uint32_t address = 0;
    Link::Capacity capacity{65'536, 65'536};
    Dialogue::Manner manner;
    bool half_closes = false;     ///< Says that nothing more comes, once it has asked everything.
    unsigned acts = 1000;         ///< In how many turns of a thousand.
    unsigned reads = 1000;        ///< In how many of those.
    size_t send_most = SIZE_MAX;  ///< Bytes a turn.
    size_t read_most = SIZE_MAX;
    bool speaks_tls = false;
    bool is_mistaken = false;  ///< Speaks TLS where nobody does, or the other way round.
    int tls_version_max = TLS1_3_VERSION;
    size_t garbles_at = SIZE_MAX;  ///< The byte on the wire that is another.
    size_t resets_after_sending = SIZE_MAX;
    size_t resets_after_reading = SIZE_MAX;
    Leaving leaving = Leaving::kClose;

    static Habits draw(Random& random);
  };

  /// `session`: of TLS, to be resumed, and left for who comes next.
  Client(Random& random, Network& network, Trace& trace, Habits habits,
         std::vector<Exchange> exchanges, http::tls::test::Session& session);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Does something, or nothing.
  void act();
  /// From now on sends and reads as fast as it can, and nothing on purpose goes wrong.
  void settle_down() noexcept;
  /// Goes away.
  void leave();

  /// Has asked all of something, to which it got neither a whole answer nor an end.
  [[nodiscard]] bool is_owed() const noexcept;
  [[nodiscard]] const Dialogue& dialogue() const noexcept { return *dialogue_; }
  [[nodiscard]] bool is_gone() const noexcept { return is_gone_; }
  [[nodiscard]] uint64_t number() const noexcept { return link_.number(); }
  /// What the server did wrong; "" when nothing.
  [[nodiscard]] std::string complaint() const;

 private:
  void speak();
  void speak_tls();
  void put(std::string_view bytes);
  void send();
  void receive();
  void open(std::string_view bytes);
  void reset();
  [[nodiscard]] size_t said_and_sent() const noexcept;

  /// So many bytes of the dialogue are in so many on the wire.
  struct Mark {
    size_t said;
    size_t on_wire;
  };

  Random& random_;
  Trace& trace_;
  Habits habits_;
  http::tls::test::Session& session_;
  Link& link_;
  std::unique_ptr<http::tls::test::TlsPeer> tls_;  // Null: in the clear.
  bool has_shaken_hands_ = false;
  std::unique_ptr<Dialogue> dialogue_;
  std::string outgoing_;
  std::vector<Mark> marks_;
  size_t said_ = 0;     // Of the dialogue.
  size_t on_wire_ = 0;  // All that ever was in outgoing_.
  size_t sent_ = 0;
  size_t received_ = 0;
  bool knows_nothing_ = false;  // The server was not given what it expects.
  bool has_finished_ = false;
  bool is_gone_ = false;
  std::string complaint_;
};

}  // namespace millrace::sim
