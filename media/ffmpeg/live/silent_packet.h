// Silence, coded.
#pragma once

#include <cstdint>
#include <vector>

#include "media/ffmpeg/live/sound_form.h"

namespace millrace::media::ffmpeg {

/// A packet of `format.packet_samples` samples that decodes to silence between packets of that
/// format. Empty where this cannot be made: an odd number of channels, say.
std::vector<uint8_t> silent_packet(const SoundFormat& format);

/// Of a stream that has no sound of its own: AAC-LC, 48 kHz, stereo.
SoundFormat silent_format();

}  // namespace millrace::media::ffmpeg
