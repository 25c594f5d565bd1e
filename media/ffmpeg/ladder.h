// Which rungs a source gets, and how many pixels each has.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "media/worker/job.h"

namespace millrace::media::ffmpeg {

struct PictureSize {
  int width = 0;
  int height = 0;

  bool operator==(const PictureSize&) const = default;
};

/// Size with square pixels after rotation, as a viewer sees it. No line and no column is lost:
/// where pixels are not square the picture grows in the direction in which they are long.
struct StoredPicture {
  PictureSize coded;
  int sar_num = 1;
  int sar_den = 1;
  bool turned = false;  ///< By a quarter: width and height change places.
};
PictureSize shown_size(const StoredPicture& picture) noexcept;

struct LadderRung {
  worker::RungSpec spec;
  PictureSize size;  ///< Even.
};

/// The rungs of `ladder` that are not above `shown`, the smallest first. A rung of height h is a
/// box of 16:9 and h lines (turned for a portrait): the picture fills it in one direction, so a
/// wide film keeps its width. Of the rungs just above the source one is kept, in the source's own
/// size, where the next one below would lose a third of its lines or there is none below.
std::vector<LadderRung> plan_ladder(std::span<const worker::RungSpec> ladder,
                                    const PictureSize& shown);

/// The largest even size of the same shape inside `box` (turned to the picture's orientation),
/// never above `picture`.
PictureSize fit(const PictureSize& picture, const PictureSize& box) noexcept;

}  // namespace millrace::media::ffmpeg
