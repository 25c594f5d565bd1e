// From decoded pictures to pictures as they will be shown: progressive, upright, square pixels, the
// size of the largest rung, 4:2:0 in 8 bits.
#pragma once

#include <optional>

#include "media/ffmpeg/colour.h"
#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/ladder.h"
#include "media/ffmpeg/outcome.h"

namespace millrace::media::ffmpeg {

/// How a player has to turn the stored picture.
struct Orientation {
  int quarter_turns = 0;  ///< Clockwise, 0..3.
  bool mirrored = false;  ///< Left and right swapped before turning.

  bool upright() const noexcept { return quarter_turns == 0 && !mirrored; }
  bool turned() const noexcept { return quarter_turns % 2 != 0; }
};

/// From the display matrix of a stream; upright where there is none.
Orientation orientation_of(const AVStream& stream) noexcept;

/// Follows pictures that change size, format or interlacing in mid-stream; the output never does. A
/// picture that needs nothing passes untouched.
class PictureFilter {
 public:
  struct Settings {
    PictureSize output;  ///< After turning.
    Orientation orientation;
    int thread_count = 1;
  };

  explicit PictureFilter(const Settings& settings) : settings_(settings) {}

  /// The time of the frame, `pts`, is in microseconds. Null: no frame follows. Errors: kDamaged (a
  /// format that cannot be converted).
  Outcome<> put(FramePtr frame);
  /// Null: the next frame is wanted, or nothing is left.
  FramePtr take();

 private:
  struct Look {
    PictureSize size;
    SourceColour colour;
    bool interlaced = false;

    bool operator==(const Look&) const = default;
  };

  bool passes_untouched(const Look& look) const noexcept;
  Outcome<> build(const AVFrame& frame, const Look& look);
  std::string chain(const Look& look) const;

  Settings settings_;
  std::optional<Look> look_;
  bool interlacing_seen_ = false;
  FilterGraphPtr graph_;  ///< Null: frames pass untouched.
  AVFilterContext* entry_ = nullptr;
  AVFilterContext* exit_ = nullptr;
  FramePtr passing_;
};

}  // namespace millrace::media::ffmpeg
