// kill -9 of the server at random moments of an upload: the client resumes, the bytes are the same.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { createTus, get, settled, tusOffset, waitFor } from './client.mjs';
import { Millrace, clip } from './millrace.mjs';

const kills = Number(process.env.MILLRACE_KILLS ?? 100);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A generator of the same numbers for the same seed, so that a failure can be run again. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Sends from `offset` on, a little at a time, until done, refused or cut off. */
async function send(server, upload, offset, bytes) {
  const outgoing = http.request(server.url + upload, {
    method: 'PATCH',
    headers: {
      'Tus-Resumable': '1.0.0', 'Upload-Offset': String(offset),
      'Content-Type': 'application/offset+octet-stream',
      'Content-Length': String(bytes.length - offset),
    },
  });
  const done = new Promise((resolve) => {
    outgoing.on('response', (reply) => { reply.resume(); resolve(reply); });
    outgoing.on('error', () => resolve(undefined));
  });
  for (let at = offset; at < bytes.length && !outgoing.destroyed; at += 16384) {
    outgoing.write(bytes.subarray(at, at + 16384));
    await pause(1);
  }
  outgoing.end();
  return done;
}

describe('an upload', { concurrency: false }, () => {
  let server;
  const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
  const next = random(seed);
  before(async () => { server = await Millrace.start(); });
  after(() => server?.stopAndRemove());

  test(`survives ${kills} kills of the server, seed ${seed}`, { timeout: 600_000 }, async (t) => {
    const film = fs.readFileSync(clip('long_720p.mp4'));
    const bytes = Buffer.concat([film, film, film]);  // Enough that no connection lives to its end.
    const upload = await createTus(server, bytes.length, 'film.mp4');
    let offset = 0;
    let kept = 0;
    for (let kill = 0; kill < kills; kill++) {
      const sending = send(server, upload, offset, bytes);
      await pause(next() * 120);
      await server.kill();
      await sending;
      await server.restart();
      assert.equal((await get(server, '/api/VideoStream/videos')).json.videos
        .filter((one) => one.watchable).length, 0);
      const now = await tusOffset(server, upload);
      assert.ok(now >= offset && now <= bytes.length, `kill ${kill}: ${offset} became ${now}`);
      kept += now > offset ? 1 : 0;
      offset = now;
    }
    t.diagnostic(`${offset} of ${bytes.length} bytes arrived between the kills`);
    assert.ok(kept >= kills / 10, `only ${kept} of ${kills} connections left bytes behind`);
    let reply;
    if (offset < bytes.length) {
      reply = await send(server, upload, offset, bytes);
      assert.equal(reply?.statusCode, 204);
    }
    const id = reply?.headers['video-id'] ?? (await fetch(server.url + upload, {
      method: 'HEAD', headers: { 'Tus-Resumable': '1.0.0' } })).headers.get('video-id');
    const stored = fs.readFileSync(`${server.store}/uploads/${id}/original`);
    assert.equal(stored.length, bytes.length);
    assert.equal(sha256(stored), sha256(bytes));
  });

  test('becomes a video although the server was killed right after its last byte',
    { timeout: 300_000 }, async () => {
      const bytes = fs.readFileSync(clip('small.mp4'));
      const upload = await createTus(server, bytes.length, 'last_byte.mp4');
      const reply = await send(server, upload, 0, bytes);
      assert.equal(reply?.statusCode, 204);
      await server.kill();
      await server.restart();
      assert.equal((await waitFor(server, reply.headers['video-id'], settled)).state, 'ready');
    });
});
