// kill -9 of the worker at random moments of a job: the video finishes, identical in duration.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { get, makeVideo, put, settled, video, waitFor } from './client.mjs';
import { decodeErrors, extent, packets } from './media.mjs';
import { Millrace, clip } from './millrace.mjs';

async function oneWorker(server, seconds = 60) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    const [worker] = server.workers();
    if (worker) return worker;
    await pause(10);
  }
  throw new Error(`no worker within ${seconds} s`);
}

async function lengths(server, made) {
  const found = {};
  for (const one of made.formats.filter((format) => format.kind !== 'muxed')) {
    found[one.quality] = extent(await packets(server.url + one.url, one.kind[0])).toFixed(3);
  }
  return found;
}

describe('a worker that is killed', { concurrency: false }, () => {
  let server;
  let whole;
  before(async () => {
    server = await Millrace.start({ settings: { transcode: { h264_preset: 'ultrafast' } } });
    whole = await lengths(server, await makeVideo(server, clip('hello.mp4')));
  }, { timeout: 240_000 });
  after(() => server?.stopAndRemove());

  for (const fraction of [0.02, 0.4, 0.8]) {
    test(`is replaced, at ${fraction * 100} % of the job`, { timeout: 300_000 }, async (t) => {
      const { json: { id } } = await put(server, clip('hello.mp4'));
      await waitFor(server, id, (one) => settled(one) || (one.state === 'processing' &&
                                                          one.progress?.fraction >= fraction));
      process.kill(await oneWorker(server), 'SIGKILL');
      const last = await waitFor(server, id, settled, 240);
      assert.equal(last.state, 'ready', JSON.stringify(last.failure));
      const made = await video(server, id);
      assert.deepEqual(await lengths(server, made), whole);
      assert.equal(await decodeErrors(server.url + made.manifestUrl), '');
      t.diagnostic(`log: ${server.log.split('\n').filter((line) => /worker/.test(line)).at(-1)}`);
    });
  }

  test('every time makes the video fail with a reason', { timeout: 300_000 }, async () => {
    const { json: { id } } = await put(server, clip('hello.mp4'));
    let over = false;
    const end = waitFor(server, id, settled, 240).finally(() => { over = true; });
    const killed = new Set();
    while (!over) {
      for (const worker of server.workers()) {
        await pause(100);
        try { process.kill(worker, 'SIGKILL'); killed.add(worker); } catch { /* It ended first. */ }
      }
      await pause(20);
    }
    const last = await end;
    assert.equal(last.state, 'failed');
    assert.ok(killed.size >= 3, `gave up after ${killed.size} attempts`);
    assert.equal(last.failure.reason, 'worker_crashed');
    assert.ok(last.failure.detail.length > 10);
    assert.deepEqual(server.files('processed').filter((file) => file.includes(`${id}/`)), []);
    assert.equal((await get(server, '/healthz')).status, 200);
  });
});
