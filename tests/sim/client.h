// A simulated client: what it asks, how it behaves, and whether it got what it was owed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/http/tls/tls_peer.h"
#include "tests/sim/answer_reader.h"
#include "tests/sim/exchange.h"
#include "tests/sim/network.h"

namespace millrace::sim {

class Client {
 public:
  struct Habits {
    enum class Leaving : uint8_t { kClose, kReset, kStay };

    uint32_t address = 0;
    Link::Capacity capacity{65'536, 65'536};
    bool pipelines = false;       ///< Asks everything at once.
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
  [[nodiscard]] bool has_all_answers() const noexcept { return answered_ == exchanges_.size(); }
  [[nodiscard]] size_t answer_count() const noexcept { return answered_; }
  [[nodiscard]] bool is_gone() const noexcept { return is_gone_; }
  /// Status of the last answer.
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] uint64_t number() const noexcept { return link_.number(); }
  /// What the server did wrong; "" when nothing.
  [[nodiscard]] const std::string& complaint() const noexcept { return complaint_; }

 private:
  void ask_more();
  void speak();
  void speak_tls();
  void send();
  void receive();
  void open(std::string_view bytes);
  void read_answers(std::string_view bytes);
  void answered();
  void reset();

  Random& random_;
  Trace& trace_;
  Habits habits_;
  const std::vector<Exchange> exchanges_;
  std::vector<size_t> ends_;  // Of those asked: bytes sent when all of one is.
  http::tls::test::Session& session_;
  std::unique_ptr<http::tls::test::TlsPeer> tls_;
  bool has_shaken_hands_ = false;
  Link& link_;
  std::string outgoing_;
  size_t spoken_ = 0;  // All that ever was in outgoing_.
  size_t sent_ = 0;
  size_t received_ = 0;
  size_t answered_ = 0;
  bool knows_nothing_ = false;  // After a malformed request.
  bool has_finished_ = false;
  bool is_last_ = false;  // The server said that it closes.
  bool is_gone_ = false;
  int status_ = 0;
  std::optional<AnswerReader> reader_;
  std::string complaint_;
};

}  // namespace millrace::sim
