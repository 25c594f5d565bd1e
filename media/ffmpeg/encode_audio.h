// The work of an audio rendition's thread.
#pragma once

#include "media/ffmpeg/rendition.h"

namespace millrace::media::ffmpeg {

/// Encodes PCM until the queue ends; a fragment ends with the first packet that reaches the end of
/// a group of pictures, so sound and picture have as many fragments and their edges are a packet
/// apart. The encoder's delay is left to the track's edit list, and the last packet's duration is
/// cut so that the presentation is as long as the PCM, to the sample. Errors: kEncoderFailed, or
/// those of the outlet.
Outcome<> encode_audio(const AudioRendition& rendition, FrameQueue& frames, Outlet& outlet);

}  // namespace millrace::media::ffmpeg
