#include "media/ffmpeg/allow_list.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace millrace::media::ffmpeg {
namespace {

constexpr const char* kDecoders =
    "h264,hevc,vp8,vp9,libdav1d,mpeg1video,mpeg2video,mpegvideo,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4,"
    "wmv1,wmv2,wmv3,vc1,h263,h263p,flv,vp6,vp6f,theora,prores,dnxhd,mjpeg,dvvideo,huffyuv,ffvhuff,"
    "ffv1,utvideo,qtrle,svq1,svq3,cinepak,rawvideo,v210,cfhd,png,"
    "aac,aac_latm,mp3float,mp3,mp2float,mp2,mp1float,ac3,eac3,opus,vorbis,flac,alac,dca,truehd,mlp,"
    "wmav1,wmav2,wmapro,amrnb,amrwb,speex,nellymoser,gsm,gsm_ms,adpcm_ms,adpcm_ima_wav,"
    "adpcm_ima_qt,adpcm_swf,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_u8,"
    "pcm_s8,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw,pcm_bluray,pcm_dvd";

constexpr std::string_view kContainers[] = {"mov,mp4,m4a,3gp,3g2,mj2",
                                            "matroska,webm",
                                            "mpegts",
                                            "mpeg",
                                            "avi",
                                            "flv",
                                            "live_flv",
                                            "ogg",
                                            "wav",
                                            "w64",
                                            "mp3",
                                            "flac",
                                            "aac",
                                            "ac3",
                                            "eac3",
                                            "asf",
                                            "aiff",
                                            "caf",
                                            "amr",
                                            "dv",
                                            "mxf",
                                            "ivf",
                                            "nut"};

/// Their demuxers open files that the uploaded one names.
constexpr std::string_view kNamesOtherFiles[] = {"hls",        "concat",     "dash",
                                                 "imf",        "sdp",        "rtsp",
                                                 "image2",     "image2pipe", "webm_dash_manifest",
                                                 "vapoursynth"};

/// Short playlists that libav does not take for one, said in the user's words all the same.
constexpr std::string_view kPlaylistStarts[] = {"#EXTM3U", "ffconcat", "[playlist]",
                                                "<MPD",    "<smil",    "<asx"};

bool one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool looks_like_playlist(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);  // A byte order mark.
  return std::ranges::any_of(kPlaylistStarts,
                             [&](std::string_view start) { return head.starts_with(start); }) ||
         (head.starts_with("<?xml") && head.substr(0, 1024).contains("<MPD"));
}

}  // namespace

const char* allowed_decoders() noexcept { return kDecoders; }

const AVCodec* find_decoder(AVCodecID id) noexcept {
  void* position = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&position)) {
    if (codec->id == id && av_codec_is_decoder(codec) != 0 &&
        av_match_list(codec->name, kDecoders, ',') != 0) {
      return codec;
    }
  }
  return nullptr;
}

Outcome<const AVInputFormat*> recognise_container(std::span<const std::byte> head) {
  if (looks_like_playlist(as_text(head))) {
    return worker::job_failure(FailureReason::kContainerRefused, "the file is a playlist");
  }
  // libav reads a little past the end of what it probes.
  std::vector<uint8_t> padded(head.size() + AVPROBE_PADDING_SIZE);
  std::ranges::transform(head, padded.begin(), [](std::byte byte) { return uint8_t(byte); });
  const AVProbeData probe{.filename = "",
                          .buf = padded.data(),
                          .buf_size = static_cast<int>(head.size()),
                          .mime_type = nullptr};
  int score = 0;
  const AVInputFormat* format = av_probe_input_format3(&probe, /*is_opened=*/1, &score);
  if (format == nullptr) {
    return worker::job_failure(FailureReason::kNotMedia, "no known container in the first bytes");
  }
  if (one_of(kNamesOtherFiles, format->name)) {
    return worker::job_failure(FailureReason::kContainerRefused,
                               fmt::format("the file is of the kind {}", format->name));
  }
  if (!one_of(kContainers, format->name)) {
    return worker::job_failure(FailureReason::kNotMedia,
                               fmt::format("the file is of the kind {}", format->name));
  }
  return format;
}

}  // namespace millrace::media::ffmpeg
