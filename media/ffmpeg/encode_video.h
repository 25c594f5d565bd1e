// The work of a video rendition's thread.
#pragma once

#include "media/ffmpeg/rendition.h"

namespace millrace::media::ffmpeg {

/// Encodes frames until the queue ends; one fragment a group of pictures. Every frame becomes one
/// sample of one frame's duration, so decode time is a count of samples; the track's edit list
/// takes off by how much the encoder's reordering delays the first. Errors: kEncoderFailed, or
/// those of the outlet.
Outcome<> encode_video(const VideoRendition& rendition, FrameQueue& frames, Outlet& outlet);

}  // namespace millrace::media::ffmpeg
