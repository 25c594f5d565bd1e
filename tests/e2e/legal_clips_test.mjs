// Unusual but legal clips: each becomes a video that keeps its shape, its length and its sound.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { makeVideo } from './client.mjs';
import { decodeErrors, extent, packets, probe } from './media.mjs';
import { Millrace, clip } from './millrace.mjs';

/** What each clip must become; `width` x `height` is the size of its largest rendition. */
const expected = [
  { file: 'small.mp4', seconds: 4, width: 320, height: 180, audio: true },
  { file: 'phone_1080p.mp4', seconds: 1.6, audio: true },
  { file: 'audio_only.m4a', seconds: 3, audio: true },
  { file: 'video_only.mp4', seconds: 4, width: 320, height: 180, audio: false },
  { file: 'odd_size.mp4', seconds: 2, width: 320, height: 180, audio: false },
  { file: 'sar.mp4', seconds: 2, aspect: 16 / 9, audio: false },
  { file: 'rotated.mp4', seconds: 4, width: 180, height: 320, audio: true },
  { file: 'surround.mkv', seconds: 2, width: 320, height: 180, audio: true },
  { file: 'hevc_10bit_hdr.mp4', seconds: 2, width: 320, height: 180, audio: false },
  { file: 'vfr.mkv', seconds: 3.5, width: 320, height: 180, audio: true },
  { file: 'interlaced.ts', seconds: 2, width: 320, height: 240, audio: false },
  { file: 'vp8_opus.webm', seconds: 2, width: 320, height: 180, audio: true },
  { file: 'old.avi', seconds: 2, width: 320, height: 180, audio: true },
  { file: 'late_audio.mp4', seconds: 2, width: 320, height: 180, audio: true },
  { file: 'looped.mp4', seconds: 6.1, width: 160, height: 90, audio: true },
  { file: 'time_jumps.ts', seconds: 4, width: 320, height: 180, audio: true },
  { file: 'time_goes_back.ts', seconds: 4, width: 320, height: 180, audio: true },
];

describe('a legal clip', { concurrency: false }, () => {
  let server;
  before(async () => { server = await Millrace.start(); });
  after(() => server?.stopAndRemove());

  for (const { file, seconds, width, height, aspect, audio } of expected) {
    test(`plays whole: ${file}`, { timeout: 120_000 }, async () => {
      const made = await makeVideo(server, clip(file));
      assert.ok(Math.abs(made.durationSeconds - seconds) < 0.25, `${made.durationSeconds} s`);
      assert.equal(await decodeErrors(server.url + made.manifestUrl), '');

      const sound = made.formats.filter((one) => one.kind === 'audio');
      assert.equal(sound.length > 0, audio);
      for (const one of sound) {
        const { streams: [stream] } = await probe(server.url + one.url);
        assert.equal(stream.channels, 2);
        assert.equal(stream.sample_rate, '48000');
      }

      const pictures = made.formats.filter((one) => one.kind === 'video')
        .sort((a, b) => b.width * b.height - a.width * a.height);
      assert.equal(pictures.length > 0, file !== 'audio_only.m4a');
      for (const one of pictures) {
        const { streams: [stream] } = await probe(server.url + one.url);
        assert.equal(stream.width % 2 + stream.height % 2, 0);
        assert.equal(stream.pix_fmt, 'yuv420p');
        assert.ok(['1:1', undefined].includes(stream.sample_aspect_ratio));
        assert.ok(!stream.color_transfer || stream.color_transfer !== 'smpte2084');
        assert.equal(stream.r_frame_rate, stream.avg_frame_rate);
        const length = extent(await packets(server.url + one.url, 'v'));
        assert.ok(Math.abs(length - seconds) < 0.25, `${one.quality}: ${length} s`);
        if (aspect) assert.ok(Math.abs(one.width / one.height - aspect) < 0.02);
      }
      if (width) assert.deepEqual([pictures[0].width, pictures[0].height], [width, height]);
    });
  }
});
