// A desk that lets in whoever has the right key, and keeps what they publish.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/event.h"
#include "media/live/ingest/publisher.h"

namespace millrace::media::rtmp::test {

/// What came of one publisher.
struct Publication {
  live::PublishRequest request;
  std::vector<std::byte> bytes;
  bool finished = false;
  bool destroyed = false;
};

class CollectingDesk final : public live::PublishDesk {
 public:
  core::Task<core::Result<std::unique_ptr<live::IngestFeed>>> admit(
      live::PublishRequest request, core::Cancellation& stop) override {
    ++asked;
    if (thinks) {
      const core::Result<> thought = co_await decided.wait(&stop);
      if (!thought) co_return std::unexpected(thought.error());
    }
    if (request.key != key) co_return core::fail(core::ErrorCode::kNotFound, "no such key");
    if (refusal) co_return core::fail(*refusal, "refused");
    publications.push_back(std::make_unique<Publication>());
    publications.back()->request = std::move(request);
    co_return std::make_unique<Feed>(*this, *publications.back());
  }
  Publication& only() { return *publications.at(0); }

  std::string key = "secret";
  std::optional<core::ErrorCode> refusal;
  bool thinks = false;
  core::Event decided;
  bool takes_nothing = false;  ///< Feeds wait for `takes`.
  core::Event takes;
  bool taken_over = false;  ///< Feeds are closed.
  int asked = 0;
  std::vector<std::unique_ptr<Publication>> publications;

 private:
  class Feed final : public live::IngestFeed {
   public:
    Feed(CollectingDesk& desk, Publication& publication) : desk_(desk), into_(publication) {}
    ~Feed() override { into_.destroyed = true; }
    core::Task<core::Result<>> write(std::span<const std::byte> bytes,
                                     core::Cancellation& stop) override {
      if (desk_.takes_nothing) {
        const core::Result<> woken = co_await desk_.takes.wait(&stop);
        if (!woken) co_return woken;
      }
      if (desk_.taken_over) co_return core::fail(core::ErrorCode::kClosed, "taken over");
      into_.bytes.insert(into_.bytes.end(), bytes.begin(), bytes.end());
      co_return core::Result<>();
    }
    core::Task<void> finish() override {
      into_.finished = true;
      co_return;
    }

   private:
    CollectingDesk& desk_;
    Publication& into_;
  };
};

}  // namespace millrace::media::rtmp::test
