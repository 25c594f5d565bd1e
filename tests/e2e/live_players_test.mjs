// One live stream in other players than hls.js, and other encoders than ffmpeg over RTMP.
import assert from 'node:assert/strict';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { ffmpegPublisher, glassReport, gstreamerPublisher, watchGlass } from './live_publisher.mjs';
import { gstreamerSeconds, run } from './media.mjs';
import { Millrace } from './millrace.mjs';
import { playing, withPage } from './watch_page.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const shaka = path.join(root, 'build/npm/e2e/node_modules/shaka-player/dist/shaka-player.compiled.js');

describe('a live stream from and for others', { concurrency: false }, () => {
  let server;
  let publisher;
  before(async () => {
    server = await Millrace.start({
      settings: {
        live: {
          rtmp_listen: ['127.0.0.1:0'], heights: [], segment_duration: '2s', window: '20s',
          channel: [{ name: 'hall', key: 'hall-secret-1' }, { name: 'roof', key: 'roof-secret-2' }],
        },
      },
    });
    publisher = ffmpegPublisher(['-f', 'mpegts', '-method', 'PUT',
                                 `${server.url}/ingest/hall-secret-1`]);
    await listed('hall', 3);
  });
  after(async () => {
    await publisher?.finish();
    await server?.stopAndRemove();
  });

  const address = (name) => `${server.url}/api/VideoStream/live/${name}.m3u8`;
  /** Waits until the stream's list is as it should be. */
  async function list(name, isEnough) {
    const end = Date.now() + 60_000;
    for (;;) {
      const reply = await fetch(address(`${name}/source`));
      const text = await reply.text();
      if (reply.ok && isEnough(text)) return;
      if (Date.now() > end) throw new Error(`${name}: ${reply.status}\n${text}`);
      await new Promise((resolve) => { setTimeout(resolve, 200); });
    }
  }
  const listed = (name, count) => list(name, (text) => text.split('#EXTINF:').length > count);
  const looks = (page, count) => page.waitForFunction(
    (enough) => window.glass.latencies.length >= enough, count, { timeout: 60_000 });

  test("plays in Chromium's own player, on the page without Media Source Extensions", (t) => (
    withPage('/', async (page) => {
      await page.addInitScript(() => {
        delete window.MediaSource;
        delete window.ManagedMediaSource;
      });
      await page.goto(`${server.url}/live/hall`);
      await playing(page, 60);
      assert.match(await page.getAttribute('video', 'src'), /hall\.m3u8$/);
      await page.waitForSelector('.player-live-now', { state: 'attached' });
      await watchGlass(page);
      await looks(page, 20);
      const seen = await glassReport(page);
      t.diagnostic(JSON.stringify(seen));
      assert.ok(seen.median < 15_000, JSON.stringify(seen));
      assert.deepEqual(page.complaints, []);
    }, { origin: server.url })));

  test('plays in Shaka Player with low latency', (t) => withPage('/healthz', async (page) => {
    await page.addScriptTag({ path: shaka });
    await page.evaluate(async (manifest) => {
      const video = document.createElement('video');
      video.muted = true;
      document.body.replaceChildren(video);
      const player = new window.shaka.Player();
      window.errors = [];
      player.addEventListener('error', ({ detail }) => window.errors.push(detail.message));
      player.configure({ streaming: { lowLatencyMode: true, liveSync: { enabled: true } } });
      await player.attach(video);
      await player.load(manifest);
      await video.play();
    }, address('hall'));
    await playing(page, 60);
    await watchGlass(page);
    await looks(page, 30);
    const seen = await glassReport(page);
    t.diagnostic(JSON.stringify(seen));
    assert.ok(seen.median < 6000, JSON.stringify(seen));
    assert.deepEqual(await page.evaluate(() => window.errors), []);
    assert.deepEqual(page.complaints, []);
  }, { origin: server.url }));

  /** All that ffmpeg has to say of some seconds of a stream. */
  const decoded = (name) => run('ffmpeg', [
    '-nostdin', '-v', 'error', '-xerror', '-t', '6', '-i', address(name), '-f', 'null', '-']);

  test('plays in ffmpeg', async () => {
    assert.deepEqual(await decoded('hall'), { code: 0, stdout: '', stderr: '' });
  });

  test('plays in GStreamer', async () => {
    const reached = await gstreamerSeconds(address('hall'), { picturesMax: 150 });
    assert.ok(reached > 4, `${reached} s`);
  });

  test('comes from GStreamer over RTMP', async () => {
    const other = gstreamerPublisher(`${server.rtmpUrl}/live/roof-secret-2`);
    try {
      await listed('roof', 3);
      assert.deepEqual(await decoded('roof'), { code: 0, stdout: '', stderr: '' });
    } finally {
      await other.finish();
    }
    // It said that it stops, so nobody waits for it to come back.
    await list('roof', (text) => text.includes('#EXT-X-ENDLIST'));
  });
});
