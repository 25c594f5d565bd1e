#include "tests/sim/client.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/err.h>

#include <algorithm>
#include <utility>

namespace millrace::sim {

Client::Habits Client::Habits::draw(Random& random) {
  static constexpr size_t kCapacities[] = {1, 10, 1000, 20'000, 300'000};
  static constexpr size_t kMost[] = {1, 50, 5'000, SIZE_MAX, SIZE_MAX};
  static constexpr unsigned kOften[] = {100, 500, 1000};
  static constexpr Leaving kLeaving[] = {Leaving::kClose, Leaving::kReset, Leaving::kStay};
  Habits habits;
  habits.address = INADDR_LOOPBACK + static_cast<uint32_t>(random.below(3));
  habits.capacity = {.to_server = random.pick(kCapacities), .to_client = random.pick(kCapacities)};
  habits.pipelines = random.chance(400);
  habits.half_closes = random.chance(200);
  habits.acts = random.pick(kOften);
  habits.reads = random.pick(kOften);
  habits.send_most = random.pick(kMost);
  habits.read_most = random.pick(kMost);
  if (random.chance(250)) habits.resets_after_sending = random.some_of(2'000);
  if (random.chance(250)) habits.resets_after_reading = random.some_of(400'000);
  if (random.chance(40)) habits.garbles_at = random.some_of(3'000);
  if (random.chance(200)) habits.tls_version_max = TLS1_2_VERSION;
  habits.leaving = random.pick(kLeaving);
  return habits;
}

Client::Client(Random& random, Network& network, Trace& trace, Habits habits,
               std::vector<Exchange> exchanges, http::tls::test::Session& session)
    : random_(random),
      trace_(trace),
      habits_(habits),
      exchanges_(std::move(exchanges)),
      session_(session),
      link_(network.connect(habits.address, habits.capacity)) {
  knows_nothing_ = habits_.is_mistaken;
  if (!habits_.speaks_tls) return;
  http::tls::test::PeerTerms terms;
  terms.version_max = habits_.tls_version_max;
  if (random_.chance(500)) terms.session = session_;
  tls_ = std::make_unique<http::tls::test::TlsPeer>(terms);
}

void Client::settle_down() noexcept {
  link_.widen();
  habits_.acts = habits_.reads = 1000;
  habits_.send_most = habits_.read_most = SIZE_MAX;
  habits_.resets_after_sending = habits_.resets_after_reading = SIZE_MAX;
}

bool Client::is_owed() const noexcept {
  if (is_gone_ || knows_nothing_ || has_all_answers()) return false;
  if (answered_ == ends_.size()) return tls_ != nullptr && outgoing_.empty();  // A handshake.
  const Exchange& next = exchanges_[answered_];
  const bool may_wait =
      next.end == Exchange::End::kNever || next.trust == Exchange::Trust::kMalformed;
  return !may_wait && sent_ >= ends_[answered_];
}

void Client::act() {
  if (is_gone_ || !random_.chance(habits_.acts)) return;
  ask_more();
  send();
  if (!is_gone_ && random_.chance(habits_.reads)) receive();
  if (is_gone_ || !has_all_answers() || habits_.leaving == Habits::Leaving::kStay) return;
  if (habits_.leaving == Habits::Leaving::kReset) {
    reset();
  } else {
    leave();
  }
}

void Client::ask_more() {
  if (tls_ != nullptr) {
    speak_tls();
    if (!has_shaken_hands_) return;
  }
  const size_t ahead =
      habits_.pipelines ? exchanges_.size() : std::min(exchanges_.size(), answered_ + 1);
  while (ends_.size() < ahead) {
    const std::string& request = exchanges_[ends_.size()].request;
    if (tls_ == nullptr) {
      outgoing_ += request;
      spoken_ += request.size();
    } else {
      tls_->write(request);
      speak_tls();
    }
    ends_.push_back(spoken_);
  }
}

void Client::speak_tls() {
  if (!has_shaken_hands_) has_shaken_hands_ = tls_->handshake();
  const std::string records = tls_->take_to_send();
  outgoing_ += records;
  spoken_ += records.size();
}

void Client::send() {
  const size_t most =
      std::min({outgoing_.size(), habits_.send_most, habits_.resets_after_sending - sent_});
  if (habits_.garbles_at - sent_ < most) {
    outgoing_[habits_.garbles_at - sent_] ^= static_cast<char>(1 + random_.below(255));
    habits_.garbles_at = SIZE_MAX;
    knows_nothing_ = true;
    trace_.note("client garbles", number(), 0);
  }
  const size_t sent = link_.client_send(std::string_view(outgoing_).substr(0, most));
  outgoing_.erase(0, sent);
  sent_ += sent;
  if (sent > 0) trace_.note("client sends", number(), static_cast<int64_t>(sent));
  if (sent_ == habits_.resets_after_sending) return reset();
  if (habits_.half_closes && !has_finished_ && outgoing_.empty() &&
      ends_.size() == exchanges_.size()) {
    has_finished_ = true;
    trace_.note("client finishes", number(), 0);
    link_.client_finish();
  }
}

void Client::receive() {
  const size_t most = std::min(habits_.read_most, habits_.resets_after_reading - received_);
  const std::string_view bytes = link_.client_peek(most);
  if (!bytes.empty()) {
    received_ += bytes.size();
    trace_.note("client reads", number(), static_cast<int64_t>(bytes.size()));
    if (tls_ == nullptr) {
      read_answers(bytes);
    } else {
      open(bytes);
    }
    link_.client_take(bytes.size());
  }
  if (received_ == habits_.resets_after_reading) return reset();
  if (link_.client_state() != Link::State::kOpen) leave();
}

void Client::open(std::string_view bytes) {
  tls_->receive(bytes);
  if (!has_shaken_hands_) has_shaken_hands_ = tls_->handshake();
  const std::string text = tls_->read();
  read_answers(text);
  if (tls_->session() != nullptr) session_ = tls_->session();
  if (tls_->error() != SSL_ERROR_SSL || knows_nothing_) return;
  // An alert is the server's right; records that cannot be opened are not.
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  if (reason < SSL_AD_REASON_OFFSET) complaint_ = fmt::format("TLS error {}", reason);
}

void Client::read_answers(std::string_view bytes) {
  while (!bytes.empty() && !knows_nothing_ && complaint_.empty()) {
    // A refusal before the request was read has a body, as nobody knows that it was a HEAD.
    if (is_last_ && status_ >= 400 && exchanges_[answered_ - 1].answers_head) return;
    if (has_all_answers() || is_last_) {
      complaint_ = "bytes behind the last answer";
      return;
    }
    if (!reader_) {
      knows_nothing_ = exchanges_[answered_].trust == Exchange::Trust::kMalformed;
      if (knows_nothing_) return;
      reader_.emplace(exchanges_[answered_]);
    }
    reader_->read(bytes);
    if (reader_->state() == AnswerReader::State::kWrong) complaint_ = reader_->complaint();
    if (reader_->state() == AnswerReader::State::kWhole) answered();
  }
}

void Client::answered() {
  status_ = reader_->status();
  is_last_ = reader_->is_last();
  trace_.note("answered", number(), status_);
  reader_.reset();
  ++answered_;
}

void Client::reset() {
  is_gone_ = true;
  trace_.note("client resets", number(), 0);
  link_.client_reset();
}

void Client::leave() {
  if (std::exchange(is_gone_, true)) return;
  trace_.note("client leaves", number(), static_cast<int64_t>(link_.client_state()));
  link_.client_close();
}

}  // namespace millrace::sim
