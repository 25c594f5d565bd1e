// Reads a CMAF file that FFmpeg wrote and writes it anew: the samples stay, every box is ours. What
// FFmpeg decodes from both must be the same, frame by frame and tick by tick.
#include <gtest/gtest.h>

#include "media/fmp4/box_reader.h"
#include "media/fmp4/fragment.h"
#include "media/fmp4/init_segment.h"
#include "tests/media/real_tools.h"

namespace millrace::media::fmp4 {
namespace {

using test::output_of;

/// The bytes of `file` with all boxes written by this project.
std::vector<std::byte> rewrite(std::span<const std::byte> file) {
  std::vector<std::byte> out;
  ByteReader r(file);
  const size_t init_size = take_box(r)->size() + take_box(r)->size();
  const auto format = parse_init_segment(file.first(init_size));
  EXPECT_TRUE(format) << format.error().what;
  append_init_segment(out, *format);
  size_t at = init_size;
  while (!r.empty()) {
    const size_t size = take_box(r)->size() + take_box(r)->size();
    const auto fragment = parse_fragment(file.subspan(at, size));
    EXPECT_TRUE(fragment) << fragment.error().what;
    if (!fragment) break;
    append_fragment_head(out, {fragment->sequence, fragment->decode_time}, fragment->samples);
    const auto payload = file.subspan(at, size).subspan(fragment->head_size);
    out.insert(out.end(), payload.begin(), payload.end());
    at += size;
  }
  return out;
}

class Rewrite : public testing::TestWithParam<const char*> {
 protected:
  test::TemporaryFolder folder_;
};

TEST_P(Rewrite, LeavesEveryFrameAndItsTimeAsTheyWere) {
  const std::string theirs = folder_.file("theirs.mp4");
  const std::string ours = folder_.file("ours.mp4");
  output_of(fmt::format("ffmpeg -v error {} -f mp4 {}", GetParam(), theirs));
  test::write_file(ours, rewrite(test::read_file(theirs)));
  const auto frames = [](const std::string& path) {
    return output_of("ffmpeg -v warning -xerror -i " + path + " -f framemd5 -");
  };
  EXPECT_EQ(frames(ours), frames(theirs));
  EXPECT_EQ(output_of("ffprobe -v warning " + ours), "");
}

INSTANTIATE_TEST_SUITE_P(
    Of, Rewrite,
    testing::Values(
        "-f lavfi -i testsrc2=s=320x180:r=30:d=4 -c:v libx264 -preset veryfast -g 60 -bf 2 "
        "-pix_fmt yuv420p -movflags cmaf+frag_keyframe+skip_trailer",
        "-f lavfi -i testsrc2=s=322x182:r=30000/1001:d=2 -vf setsar=4/3 -c:v libx264 -preset "
        "veryfast -pix_fmt yuv420p -g 30 -bf 3 -movflags cmaf+frag_keyframe+skip_trailer",
        "-f lavfi -i testsrc2=s=160x90:r=25:d=1 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g "
        "25 "
        "-movflags cmaf+frag_keyframe+skip_trailer",
        "-f lavfi -i sine=440:r=48000:d=4 -c:a aac -ac 2 -frag_duration 2000000 "
        "-movflags cmaf+skip_trailer",
        "-f lavfi -i sine=440:r=48000:d=3 -c:a libopus -ac 2 -frag_duration 1000000 "
        "-movflags cmaf+skip_trailer"));

}  // namespace
}  // namespace millrace::media::fmp4
