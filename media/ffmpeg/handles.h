// Owners for what libav allocates. This header is the folder's only door to libav's headers.
#pragma once

#include <memory>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/avstring.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include "core/assert.h"

namespace millrace::media::ffmpeg {

/// Most of libav frees through a pointer to the pointer.
template <auto Free>
struct FreeByAddress {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(&object);
  }
};

template <auto Free>
struct FreeByValue {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using FramePtr = std::unique_ptr<AVFrame, FreeByAddress<av_frame_free>>;
using PacketPtr = std::unique_ptr<AVPacket, FreeByAddress<av_packet_free>>;
using CodecPtr = std::unique_ptr<AVCodecContext, FreeByAddress<avcodec_free_context>>;
using FilterGraphPtr = std::unique_ptr<AVFilterGraph, FreeByAddress<avfilter_graph_free>>;
using ScalerPtr = std::unique_ptr<SwsContext, FreeByValue<sws_freeContext>>;
using ResamplerPtr = std::unique_ptr<SwrContext, FreeByAddress<swr_free>>;
using BufferPoolPtr = std::unique_ptr<AVBufferPool, FreeByAddress<av_buffer_pool_uninit>>;
using AudioFifoPtr = std::unique_ptr<AVAudioFifo, FreeByValue<av_audio_fifo_free>>;

/// A few hundred bytes: a worker that cannot get them has nothing left to do.
inline FramePtr new_frame() {
  FramePtr frame(av_frame_alloc());
  MR_ASSERT(frame != nullptr);
  return frame;
}

inline PacketPtr new_packet() {
  PacketPtr packet(av_packet_alloc());
  MR_ASSERT(packet != nullptr);
  return packet;
}

/// Another reference to the same pixels or samples.
inline FramePtr share(const AVFrame& frame) {
  FramePtr other(av_frame_clone(&frame));
  MR_ASSERT(other != nullptr);
  return other;
}

/// Every time that crosses a file of this folder.
inline constexpr AVRational kMicroseconds{1, 1'000'000};

/// A setting of libav, collected and handed over once.
class Options {
 public:
  Options() = default;
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  ~Options() { av_dict_free(&entries_); }

  Options& set(const char* name, const char* value) {
    av_dict_set(&entries_, name, value, 0);
    return *this;
  }
  Options& set(const char* name, int64_t value) {
    av_dict_set_int(&entries_, name, value, 0);
    return *this;
  }
  AVDictionary** address() noexcept { return &entries_; }
  /// The first name that the callee did not know; null where it took all of them.
  const char* unknown() const noexcept {
    const AVDictionaryEntry* left = av_dict_get(entries_, "", nullptr, AV_DICT_IGNORE_SUFFIX);
    return left == nullptr ? nullptr : left->key;
  }

 private:
  AVDictionary* entries_ = nullptr;
};

}  // namespace millrace::media::ffmpeg
