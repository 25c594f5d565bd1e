// The rules of SPECS (PL-…, LL-…) that live playlists obey, over random sessions: encoders that
// come and go, sound that is lost, silence, cues. After every step a client reloads everything, and
// a delta of each kind must give it what the whole list says.
#include <gtest/gtest.h>

#include <random>

#include "media/hls/multivariant_playlist_text.h"
#include "tests/media/live/list_reader.h"
#include "tests/media/live/synthetic_publisher.h"

namespace millrace::media::live {
namespace {

using std::chrono::milliseconds;
using test::ListReader;
using test::SyntheticPublisher;

class LiveSession {
 public:
  explicit LiveSession(unsigned seed, SequenceFloors floors = {}) : draw_(seed) {
    stream_ = std::make_unique<LiveStream>(
        *core_,
        LiveStream::Options{.name = "cam1",
                            .timings = SyntheticPublisher::kTimings,
                            .window_ms = 20'000,
                            .floors = floors},
        store_, std::vector<StatePoster::Place>{{core_.get(), &shelf_}});
    publisher_ = std::make_unique<SyntheticPublisher>(*stream_);
  }

  void step() {
    const unsigned kind = draw_() % 40;
    if (kind == 0 && at_segment_end()) publisher_->restart(draw_() % 3);
    if (kind == 1) silence(milliseconds(draw_() % 12'000));
    if (kind == 2) lose_sound();
    if (kind == 3) put_range();
    publisher_->push();
    advance(milliseconds(500));
    reload();
  }
  void end() {
    stream_->end();
    reload();
  }
  void advance(milliseconds by) {
    for (; by.count() > 0; by -= milliseconds(100)) {
      turn();
      clock_.advance(std::min(by, milliseconds(100)));
    }
    turn();
  }

  LiveStream& stream() { return *stream_; }
  SyntheticPublisher& publisher() { return *publisher_; }
  const ListReader& video() const { return readers_[0]; }
  const ListReader& sound() const { return readers_[1]; }
  const WindowState& window(size_t index) { return shelf_.find("cam1")->window(index); }

  void reload() {
    turn();
    const auto stream = shelf_.find("cam1");
    ASSERT_NE(stream, nullptr);
    for (size_t i = 0; i < 2; ++i) {
      const RenditionState& state = stream->rendition(i);
      if (!state.full.exists()) continue;
      readers_[i].read(*state.full.body.identity);
      check_deltas(i, state);
      history_[i].push_back(readers_[i].last());
    }
    check_reports();
  }

  // PL-22, PL-24: the same numbers, discontinuities and dates everywhere.
  void check_agreement() const {
    size_t common = 0;
    for (const auto& [msn, video] : readers_[0].seen()) {
      const auto sound = readers_[1].seen().find(msn);
      if (sound == readers_[1].seen().end()) continue;
      ++common;
      EXPECT_EQ(video.discontinuity_sequence, sound->second.discontinuity_sequence)
          << "PL-24 segment " << msn;
      const auto apart = std::chrono::abs(video.date - sound->second.date);
      EXPECT_LE(apart, milliseconds(1000)) << "PL-25\n" << video.line << "\n" << sound->second.line;
    }
    EXPECT_GT(common, 0U);
  }

 private:
  void turn() {
    for (int i = 0; i < 4; ++i) core_->turn(core::Core::Idle::kReturn);
  }
  bool at_segment_end() const {
    return publisher_->parts() > 0 &&
           publisher_->parts() % SyntheticPublisher::kPartsPerSegment == 0;
  }
  void silence(milliseconds how_long) {
    for (; how_long.count() > 0; how_long -= milliseconds(500)) {
      advance(milliseconds(500));
      reload();
    }
  }
  void lose_sound() {
    for (unsigned i = 4 + draw_() % 16; i > 0; --i) {
      publisher_->push_video();
      advance(milliseconds(500));
      reload();
    }
    publisher_->lose_audio_until_now();
  }
  void put_range() {
    const auto start = clock_.unix_now() - milliseconds(draw_() % 10'000);
    hls::DateRange range{.id = "cue-" + std::to_string(++cues_), .start = start};
    if (draw_() % 2 == 0) range.duration_ms = draw_() % 20'000;
    ASSERT_TRUE(stream_->put_date_range(range));
  }

  // LL-11 for a reader who has any list that is not older than half the boundary.
  void check_deltas(size_t index, const RenditionState& state) {
    const hls::MediaPlaylistText& full = readers_[index].last();
    if (!state.delta.exists()) return;
    const auto delta = test::read_list(*state.delta.body.identity);
    const auto delta2 = test::read_list(*state.delta_date_ranges.body.identity);
    EXPECT_EQ(delta.version, 9) << "PL-05";
    EXPECT_EQ(delta2.version, 10) << "PL-05";
    EXPECT_GT(delta.skip->segment_count, 0U);
    EXPECT_EQ(delta.media_sequence, full.media_sequence);
    EXPECT_EQ(delta.discontinuity_sequence, full.discontinuity_sequence) << "PL-23";
    const size_t known = history_[index].size();
    const size_t back = std::min<size_t>(known, 1 + draw_() % 11);  // 11 steps of 0.5 s
    if (back == 0) return;
    const hls::MediaPlaylistText& before = history_[index][known - back];
    EXPECT_EQ(test::merged(before, delta), test::lines_of(full));
    EXPECT_EQ(test::merged(before, delta2), test::lines_of(full));
    EXPECT_EQ(test::parts_of(delta.next), test::parts_of(full.next));
    EXPECT_EQ(test::ranges_of(delta), test::ranges_of(full));
    auto ranges = test::ranges_of(before);
    for (const std::string& id : delta2.skip->removed_date_ranges) ranges.erase(id);
    for (const auto& [id, said] : test::ranges_of(delta2)) ranges[id] = said;
    EXPECT_EQ(ranges, test::ranges_of(full)) << "LL-11";
  }

  // LL-09: what a list says of the other is what that one says itself, or said when this came out.
  void check_reports() {
    for (size_t i = 0; i < 2; ++i) {
      if (!readers_[i].has_read() || readers_[i].last().ended) continue;
      const auto& reports = readers_[i].last().rendition_reports;
      if (!readers_[1 - i].has_read()) continue;
      ASSERT_EQ(reports.size(), 1U) << "LL-09";
      EXPECT_EQ(reports[0].uri, i == 0 ? "audio.m3u8" : "720p.m3u8");
      const Progress now = window(1 - i).progress();
      EXPECT_LE(*reports[0].last_msn, now.msn);
      EXPECT_GE(*reports[0].last_msn + 2, now.msn) << "LL-09: stale";
    }
  }

  std::mt19937 draw_;
  core::SimulatedClock clock_;
  std::unique_ptr<core::Core> core_ = std::move(*core::Core::create({}, clock_));
  core::PageSource pages_ = std::move(*core::PageSource::probe({}));
  PartStore store_{pages_, uint64_t{64} << 20};
  LiveShelf shelf_{*core_};
  std::unique_ptr<LiveStream> stream_;
  std::unique_ptr<SyntheticPublisher> publisher_;
  std::array<ListReader, 2> readers_;
  std::array<std::vector<hls::MediaPlaylistText>, 2> history_;
  int cues_ = 0;
};

TEST(LivePlaylistRules, HoldInAnOrdinarySession) {  // PL-10 … PL-25, LL-01 … LL-11
  LiveSession session(0);
  for (int i = 0; i < 80; ++i) {
    session.publisher().push();
    session.advance(milliseconds(500));
    session.reload();
  }
  session.check_agreement();
  session.end();
  EXPECT_TRUE(session.video().last().ended);
  EXPECT_EQ(session.video().last().segments.size(), 10U) << "20 s of 2 s";
}

TEST(LivePlaylistRules, HoldWhateverTheEncoderDoes) {
  for (unsigned seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    LiveSession session(seed);
    for (int i = 0; i < 60; ++i) session.step();
    session.end();
    session.check_agreement();
    if (::testing::Test::HasFailure()) break;
  }
}

TEST(LivePlaylistRules, AddSegmentsInTimeWhileAnEncoderIsSilent) {  // PL-17
  LiveSession session(0);
  for (int i = 0; i < 9; ++i) session.publisher().push();
  session.reload();
  size_t count = session.video().last().segments.size();
  milliseconds since{0};
  for (int i = 0; i < 200; ++i) {
    session.advance(milliseconds(100));
    session.reload();
    since += milliseconds(100);
    const size_t now =
        session.video().last().segments.size() + session.video().last().media_sequence;
    if (std::exchange(count, now) != now) since = milliseconds(0);
    ASSERT_LE(since, milliseconds(3000)) << "1.5 x 2 s without a segment";
  }
  const auto& last = session.video().last().segments.back();
  EXPECT_TRUE(last.gap);
  EXPECT_EQ(last.duration, std::chrono::seconds(2));
  session.publisher().push();
  session.reload();
  EXPECT_TRUE(session.video().last().next.discontinuity) << "PL-22";
  EXPECT_TRUE(session.sound().last().next.discontinuity) << "PL-22";
}

TEST(LivePlaylistRules, FillARenditionThatIsMissing) {  // PL-26
  LiveSession session(0);
  for (int i = 0; i < 8; ++i) session.publisher().push();
  for (int i = 0; i < 20; ++i) session.publisher().push_video();  // 10 s
  session.publisher().lose_audio_until_now();
  for (int i = 0; i < 5; ++i) session.publisher().push();
  session.reload();
  hls::Seconds hole{};
  for (const auto& segment : session.sound().last().segments) {
    if (segment.gap) hole += segment.duration;
  }
  EXPECT_NEAR(static_cast<double>(hole.count()) / 1e9, 10.0, 0.05);
  EXPECT_FALSE(session.sound().last().segments.back().gap) << "it came back";
  session.check_agreement();
}

TEST(LivePlaylistRules, NeverUseANumberTwiceAcrossRestarts) {  // PL-13, PL-23
  SequenceFloors stored;
  uint64_t next_part = 0;
  {
    LiveSession session(1);
    for (int i = 0; i < 60; ++i) session.step();
    stored = session.stream().floors();
    next_part = session.window(0).next_part;
    const auto newest = session.video().seen().rbegin();
    EXPECT_GT(stored.media_sequence, newest->first + 1);
    EXPECT_GT(stored.discontinuity_sequence, newest->second.discontinuity_sequence);
  }
  LiveSession session(2, stored);  // As after kill -9.
  for (int i = 0; i < 10; ++i) session.step();
  EXPECT_EQ(session.video().seen().begin()->first, stored.media_sequence);
  EXPECT_EQ(session.video().last().discontinuity_sequence, stored.discontinuity_sequence);
  EXPECT_GT(session.window(0).find(stored.media_sequence)->text.first_part, next_part);
  session.end();
  EXPECT_EQ(session.stream().floors().media_sequence, session.video().seen().rbegin()->first + 1)
      << "an orderly end leaves no hole";
}

TEST(LivePlaylistRules, KeepWhatLeftTheListForThreeTargetDurations) {  // PL-19, LL-10
  LiveSession session(0);
  for (int i = 0; i < 41; ++i) {
    session.publisher().push();
    session.advance(milliseconds(500));
    session.reload();
  }
  while (session.video().last().media_sequence == 1) {
    session.publisher().push();
    session.advance(milliseconds(500));
    session.reload();
  }
  EXPECT_NE(session.window(0).find(1), nullptr);
  for (int i = 0; i < 10; ++i) {  // 5 s
    session.publisher().push();
    session.advance(milliseconds(500));
  }
  EXPECT_NE(session.window(0).find(1), nullptr);
  for (int i = 0; i < 5; ++i) {
    session.publisher().push();
    session.advance(milliseconds(500));
  }
  EXPECT_EQ(session.window(0).find(1), nullptr) << "memory is given back";
}

}  // namespace
}  // namespace millrace::media::live
