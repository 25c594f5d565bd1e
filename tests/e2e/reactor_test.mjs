// The server without io_uring: an upload becomes a video that plays, and a client that hurries gets
// every byte.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { get, makeVideo } from './client.mjs';
import { decodeErrors, parseMedia, parseMultivariant } from './media.mjs';
import { Millrace, clip } from './millrace.mjs';

const api = '/api/VideoStream';

describe('a server on epoll', { concurrency: false }, () => {
  let server;
  let ready;

  before(async () => {
    server = await Millrace.start({
      settings: { transcode: { h264_preset: 'ultrafast' } }, options: ['--reactor=epoll'] });
    ready = await makeVideo(server, clip('small.mp4'));
  }, { timeout: 240_000 });
  after(() => server?.stopAndRemove());

  test('says so in its metrics', async () => {
    const { text } = await get(server, '/metrics');
    assert.match(text, /^millrace_reactor\{backend="epoll"\} 1$/m);
    assert.doesNotMatch(text, /backend="uring"/);
  });

  test('makes videos that play', async () => {
    assert.equal(ready.state, 'ready');
    const manifest = `${server.url}${ready.manifestUrl}`;
    const { text } = await get(server, ready.manifestUrl);
    for (const variant of parseMultivariant(text, manifest).variants) {
      const reply = await fetch(variant.url, { signal: AbortSignal.timeout(20_000) });
      assert.ok(parseMedia(await reply.text(), variant.url).segments.length > 0);
    }
    assert.equal(await decodeErrors(manifest), '');
  });

  test('sends many at once the same bytes', async () => {
    const itag = ready.formats.find((one) => one.kind === 'video').itag;
    const hashes = await Promise.all(Array.from({ length: 50 }, async () => {
      const reply = await fetch(`${server.url}${api}/watch?v=${ready.id}&itag=${itag}`,
                                { signal: AbortSignal.timeout(60_000) });
      assert.equal(reply.status, 200);
      const bytes = Buffer.from(await reply.arrayBuffer());
      assert.equal(bytes.length, Number(reply.headers.get('content-length')));
      return createHash('sha256').update(bytes).digest('hex');
    }));
    assert.equal(new Set(hashes).size, 1);
  });
});
