// The home core's side of the library on the test's own thread: catalogue, control thread, shelf
// and a store in a folder, in simulated time.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/core.h"
#include "media/library/library.h"
#include "tests/media/catalogue/test_store.h"
#include "tests/media/library/stored_video.h"

namespace millrace::media::library {

class LibraryTestBench : public ::testing::Test {
 protected:
  LibraryTestBench() {
    std::filesystem::create_directories(store_.paths().root());
    open();
  }
  ~LibraryTestBench() override { stop(); }

  /// The value of `f(Catalogue&)`, run on the control thread.
  template <class F>
  auto ask(F f) {
    auto answer = core_->block_on(library_->with_catalogue(std::move(f)));
    EXPECT_TRUE(answer) << answer.error().what;
    return std::move(*answer);
  }

  /// What the start of a server does.
  void open() {
    core_ = core::Core::create({}, clock_).value();
    catalogue_ = catalogue::test::must_open(store_.paths().catalogue());
    shelf_ = std::make_unique<Shelf>();
    library_ = std::make_unique<Library>(control_, *catalogue_,
                                         std::vector<Announcer::Place>{{core_.get(), shelf_.get()}},
                                         store_.paths());
    shelf_->load(ask([](catalogue::Catalogue& c) { return c.load_videos(); }));
  }
  /// What the end of one does.
  void stop() {
    if (core_ == nullptr) return;
    core_->stopping().request();
    until([&] { return core_->tasks() == 0; });
    library_.reset();
    shelf_.reset();
    catalogue_.reset();
    core_.reset();
  }

  /// Turns the core until `done`; fails the test when real time runs out. Meanwhile simulated time
  /// creeps, for what waits a tick before it looks again.
  template <class Done>
  void until(Done done) {
    using std::chrono::steady_clock;
    const auto limit = steady_clock::now() + std::chrono::seconds(60);
    auto creep = steady_clock::now() + kCreepInterval;
    while (!done()) {
      core_->turn(core::Core::Idle::kReturn);
      std::this_thread::yield();
      const auto now = steady_clock::now();
      if (now > creep) {
        clock_.advance(core::Timers::kTick);
        creep = now + kCreepInterval;
      }
      if (now < limit) continue;
      ADD_FAILURE() << "nothing happened for 60 s";
      return;
    }
  }

  std::vector<catalogue::JobRecord> jobs() {
    return ask([](catalogue::Catalogue& c) { return c.load_jobs(); });
  }

  /// A file that was uploaded. The worker of these tests reads what to do in it.
  void accept(const std::string& id, std::string_view script, int32_t priority = 0) {
    write_script(id, script);
    core_->block_on(library_->show(ask([&](catalogue::Catalogue& c) {
      catalogue::VideoRecord video = catalogue::test::video(id);
      video.size = kScriptSize;
      return c.accept_video({.video = video, .priority = priority});
    })));
  }
  void write_script(const std::string& id, std::string_view script) {
    std::string padded(script);
    padded.resize(kScriptSize, ' ');
    store_.add_file(store_.paths().original(id), padded);
  }

  catalogue::VideoState state_of(const std::string& id) { return library_->find(id)->state; }
  bool exists(const std::string& path) const { return std::filesystem::exists(path); }
  const StorePaths& paths() const { return store_.paths(); }

  static constexpr size_t kScriptSize = 16;
  static constexpr std::chrono::milliseconds kCreepInterval{20};

  core::SimulatedClock clock_;
  core::ControlThread control_;
  const test::Store store_;
  std::unique_ptr<core::Core> core_;
  std::unique_ptr<catalogue::Catalogue> catalogue_;
  std::unique_ptr<Shelf> shelf_;
  std::unique_ptr<Library> library_;
};

}  // namespace millrace::media::library
