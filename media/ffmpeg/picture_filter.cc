#include "media/ffmpeg/picture_filter.h"

#include <cmath>
#include <string>
#include <utility>

namespace millrace::media::ffmpeg {
namespace {

/// Every encoder gets the same plain picture: no captions, regions of interest or matrices of the
/// source, and no wish for a frame type.
void strip(AVFrame& frame) {
  while (frame.nb_side_data > 0) av_frame_remove_side_data(&frame, frame.side_data[0]->type);
  frame.pict_type = AV_PICTURE_TYPE_NONE;
  frame.key_frame = 0;
  frame.interlaced_frame = 0;
  frame.top_field_first = 0;
  frame.repeat_pict = 0;
  frame.sample_aspect_ratio = {1, 1};
}

std::string turning_filters(const Orientation& orientation) {
  std::string filters;
  if (orientation.mirrored) filters += ",hflip";
  switch (orientation.quarter_turns) {
    case 1:
      return filters + ",transpose=clock";
    case 2:
      return filters + ",hflip,vflip";
    case 3:
      return filters + ",transpose=cclock";
    default:
      return filters;
  }
}

}  // namespace

Orientation orientation_of(const AVStream& stream) noexcept {
  size_t size = 0;
  const uint8_t* bytes = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (bytes == nullptr || size < 9 * sizeof(int32_t)) return {};
  int32_t matrix[9];
  std::memcpy(matrix, bytes, sizeof(matrix));
  const bool mirrored = double(matrix[0]) * matrix[4] - double(matrix[1]) * matrix[3] < 0;
  if (mirrored) av_display_matrix_flip(matrix, /*hflip=*/1, /*vflip=*/0);
  const double degrees = -av_display_rotation_get(matrix);  // It counts anticlockwise.
  if (!std::isfinite(degrees)) return {};
  const int turns = static_cast<int>(std::lround(degrees / 90)) % 4;
  return {.quarter_turns = (turns + 4) % 4, .mirrored = mirrored};
}

bool PictureFilter::passes_untouched(const Look& look) const noexcept {
  return look.size == settings_.output && settings_.orientation.upright() && !look.interlaced &&
         look.colour.pixels == AV_PIX_FMT_YUV420P && look.colour.range != AVCOL_RANGE_JPEG &&
         !is_wide(look.colour);
}

std::string PictureFilter::chain(const Look& look) const {
  PictureSize size = settings_.output;
  if (settings_.orientation.turned()) std::swap(size.width, size.height);
  std::string chain;
  // Only frames marked as interlaced are touched.
  if (look.interlaced) chain += "bwdif=mode=send_frame:deint=interlaced,";
  // zscale takes no odd size with subsampled colour.
  if (is_wide(look.colour) && (look.size.width % 2 != 0 || look.size.height % 2 != 0)) {
    chain += "scale=w=trunc(iw/2)*2:h=trunc(ih/2)*2,";
  }
  return chain + conversion_filters(look.colour, size) + turning_filters(settings_.orientation);
}

Outcome<> PictureFilter::build(const AVFrame& frame, const Look& look) {
  graph_.reset();
  look_ = look;
  if (passes_untouched(look)) return {};
  graph_.reset(avfilter_graph_alloc());
  MR_ASSERT(graph_ != nullptr);
  graph_->nb_threads = settings_.thread_count;
  // buffersrc 5.1 carries no colour tags: every frame brings its own.
  const std::string source = fmt::format(
      "buffer@in=video_size={}x{}:pix_fmt={}:time_base=1/1000000:pixel_aspect=1/"
      "1,{},buffersink@out",
      frame.width, frame.height, static_cast<int>(look.colour.pixels), chain(look));
  AVFilterInOut* inputs = nullptr;
  AVFilterInOut* outputs = nullptr;
  int error = avfilter_graph_parse2(graph_.get(), source.c_str(), &inputs, &outputs);
  avfilter_inout_free(&inputs);
  avfilter_inout_free(&outputs);
  if (error >= 0) error = avfilter_graph_config(graph_.get(), nullptr);
  if (error < 0)
    return av_failure(FailureReason::kDamaged, "the pictures cannot be converted", error);
  entry_ = avfilter_graph_get_filter(graph_.get(), "buffer@in");
  exit_ = avfilter_graph_get_filter(graph_.get(), "buffersink@out");
  MR_ASSERT(entry_ != nullptr && exit_ != nullptr);
  return {};
}

Outcome<> PictureFilter::put(FramePtr frame) {
  if (frame == nullptr) {
    if (graph_ != nullptr) static_cast<void>(av_buffersrc_add_frame(entry_, nullptr));
    return {};
  }
  interlacing_seen_ |= frame->interlaced_frame != 0;
  const Look look{.size = {frame->width, frame->height},
                  .colour = SourceColour::of(*frame),
                  .interlaced = interlacing_seen_};
  if (look_ != look) {
    if (auto built = build(*frame, look); !built) return built;
  }
  if (graph_ == nullptr) {
    passing_ = std::move(frame);
    return {};
  }
  frame->sample_aspect_ratio = {1, 1};
  if (const int error = av_buffersrc_add_frame(entry_, frame.get()); error < 0) {
    return av_failure(FailureReason::kDamaged, "the pictures cannot be converted", error);
  }
  return {};
}

FramePtr PictureFilter::take() {
  FramePtr frame = std::move(passing_);
  if (frame == nullptr && graph_ != nullptr) {
    frame = new_frame();
    if (av_buffersink_get_frame(exit_, frame.get()) < 0) return nullptr;
    // The deinterlacer counts in halves of what it was given.
    frame->pts = av_rescale_q(frame->pts, av_buffersink_get_time_base(exit_), kMicroseconds);
  }
  if (frame != nullptr) strip(*frame);
  return frame;
}

}  // namespace millrace::media::ffmpeg
