// Files that are no video, or too much of one: a clear reason, no crash, nothing left behind.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { get, put, request, settled, video, waitFor } from './client.mjs';
import { Millrace, clip } from './millrace.mjs';

const api = '/api/VideoStream';
const refused = {
  'empty.mp4': ['empty_file'],
  'text.mp4': ['not_media'],
  'noise.mp4': ['not_media'],
  'moov_missing.mp4': ['truncated'],
  'mdat_cut.mp4': ['truncated', 'damaged'],
  'zero_seconds.mp4': ['no_duration', 'no_streams'],
  'too_large_8k.mp4': ['picture_too_large'],
  'playlist.m3u8': ['container_refused', 'not_media'],
  'playlist_named.mp4': ['container_refused', 'not_media'],
  'concat.mp4': ['container_refused', 'not_media'],
};

describe('a bad file', { concurrency: false }, () => {
  let server;
  before(async () => { server = await Millrace.start(); });
  after(() => server?.stopAndRemove());

  for (const [file, reasons] of Object.entries(refused)) {
    test(`is refused with a reason: ${file}`, { timeout: 120_000 }, async () => {
      const { status, json } = await put(server, clip(file));
      if (status !== 201) {
        assert.ok(status === 400 || status === 415, `${status}`);
        assert.ok(json.detail.length > 10, JSON.stringify(json));
        return;
      }
      const last = await waitFor(server, json.id, settled, 60);
      assert.equal(last.state, 'failed');
      assert.ok(reasons.includes(last.failure.reason), JSON.stringify(last.failure));
      assert.ok(last.failure.detail.length > 10, JSON.stringify(last.failure));
      assert.equal(last.watchable, false);

      const kept = server.files().filter((name) => name.includes(`${json.id}/`));
      assert.deepEqual(kept.filter((name) => name.startsWith('processed')), []);
      assert.deepEqual(server.workers(), []);
      assert.equal((await request(server, 'DELETE', `${api}/videos/${json.id}`)).status, 204);
      assert.deepEqual(server.files().filter((name) => name.includes(json.id)), []);
    });
  }

  test('leaves the server well', async () => {
    assert.equal((await get(server, '/healthz')).status, 200);
    assert.equal((await get(server, `${api}/videos`)).json.total, 0);
    const { json } = await put(server, clip('video_only.mp4'));
    assert.equal((await waitFor(server, json.id, settled)).state, 'ready');
    assert.equal((await video(server, json.id)).failure, null);
  });
});
