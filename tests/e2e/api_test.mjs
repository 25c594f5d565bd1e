// The catalogue as a client sees it: list, search, rename, delete, and problems that explain.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { after, before, describe, test } from 'node:test';

import {
  createTus, get, makeVideo, patchTus, put, request, settled, tusOffset, video, waitFor,
} from './client.mjs';
import { Millrace, clip } from './millrace.mjs';

const api = '/api/VideoStream';

function isProblem(reply, status) {
  assert.equal(reply.status, status, reply.text);
  assert.equal(reply.headers.get('content-type'), 'application/problem+json');
  assert.equal(reply.json.status, status);
  assert.ok(reply.json.title.length > 0);
}

describe('the API', { concurrency: false }, () => {
  let server;
  let small;

  before(async () => {
    server = await Millrace.start();
    small = await makeVideo(server, clip('small.mp4'));
  }, { timeout: 240_000 });
  after(() => server?.stopAndRemove());

  test('says that the server is well', async () => {
    assert.equal((await get(server, '/healthz')).json.status, 'ok');
    assert.equal((await get(server, '/readyz')).json.status, 'ready');
    const metrics = await get(server, '/metrics');
    assert.equal(metrics.status, 200);
    assert.match(metrics.text, /^# TYPE millrace_\w+ (counter|gauge)$/m);
  });

  test('lists the videos, newest first, in pages', async () => {
    const second = await makeVideo(server, clip('video_only.mp4'));
    const all = (await get(server, `${api}/videos`)).json;
    assert.deepEqual(all.videos.map((one) => one.id), [second.id, small.id]);
    assert.equal(all.total, 2);
    const page = (await get(server, `${api}/videos?page=2&pageSize=1`)).json;
    assert.deepEqual(page.videos.map((one) => one.id), [small.id]);
    assert.equal(page.total, 2);
    assert.equal((await get(server, `${api}/videos?page=9`)).json.videos.length, 0);
  });

  test('finds a video by words of its title and by its tags', async () => {
    const changed = await request(server, 'PATCH', `${api}/videos/${small.id}`, {
      body: JSON.stringify({ title: 'Größe zählt — 夜の海', tags: ['night', 'sea'] }),
      headers: { 'Content-Type': 'application/json' },
    });
    assert.equal(changed.status, 200, changed.text);
    assert.equal(changed.json.title, 'Größe zählt — 夜の海');
    for (const words of ['größe', '夜の海', 'SEA']) {
      const found = (await get(server, `${api}/videos?search=${encodeURIComponent(words)}`)).json;
      assert.deepEqual(found.videos.map((one) => one.id), [small.id], words);
    }
    assert.equal((await get(server, `${api}/videos?search=nowhere`)).json.total, 0);
  });

  test('refuses what it does not understand, and says what', async () => {
    isProblem(await get(server, `${api}/videos/AAAAAAAAAAA`), 404);
    isProblem(await get(server, `${api}/videos?page=0`), 400);
    isProblem(await get(server, `${api}/videos?pageSize=many`), 400);
    isProblem(await get(server, `${api}/watch?itag=18`), 400);
    isProblem(await get(server, `${api}/watch?v=${small.id}&itag=x`), 400);
    isProblem(await get(server, `${api}/nothing/here`), 404);
    isProblem(await request(server, 'DELETE', '/healthz'), 405);
    isProblem(await request(server, 'PATCH', `${api}/videos/${small.id}`, {
      body: '{"colour":"red"}', headers: { 'Content-Type': 'application/json' } }), 400);
    isProblem(await request(server, 'PATCH', `${api}/videos/${small.id}`, {
      body: '{"title":', headers: { 'Content-Type': 'application/json' } }), 400);
    isProblem(await get(server, `${api}/manifest/${small.id}.m3u8?segment=0`), 400);
    isProblem(await get(server, `${api}/manifest/${small.id}/999p.m3u8`), 404);
    isProblem(await get(server, `${api}/manifest/${small.id}/..%2f..%2foriginal`), 400);
  });

  test('answers a preflight from any page', async () => {
    const reply = await request(server, 'OPTIONS', `${api}/manifest/${small.id}.m3u8`, {
      headers: { Origin: 'https://player.example', 'Access-Control-Request-Method': 'GET',
                 'Access-Control-Request-Headers': 'range' } });
    assert.equal(reply.status, 204);
    assert.ok(['*', 'https://player.example'].includes(
      reply.headers.get('access-control-allow-origin')));
  });

  test('says what of tus it speaks', async () => {
    const reply = await request(server, 'OPTIONS', `${api}/upload`);
    assert.equal(reply.headers.get('tus-version'), '1.0.0');
    for (const extension of ['creation', 'creation-with-upload', 'creation-defer-length',
                             'expiration', 'checksum', 'termination']) {
      assert.ok(reply.headers.get('tus-extension').split(',').includes(extension), extension);
    }
  });

  test('takes an upload in pieces and refuses a wrong offset or checksum', async () => {
    const whole = fs.readFileSync(clip('video_only.mp4'));
    const upload = await createTus(server, whole.length, 'pieces.mp4');
    const half = whole.length >> 1;
    assert.equal((await patchTus(server, upload, 0, whole.subarray(0, half))).status, 204);
    assert.equal(await tusOffset(server, upload), half);
    isProblem(await patchTus(server, upload, 0, whole.subarray(0, 10)), 409);
    isProblem(await patchTus(server, upload, half, whole.subarray(half), {
      'Upload-Checksum': 'sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }), 460);
    assert.equal(await tusOffset(server, upload), half);
    const last = await patchTus(server, upload, half, whole.subarray(half));
    assert.equal(last.status, 204);
    const id = last.headers.get('video-id');
    assert.equal((await waitFor(server, id, settled)).state, 'ready');
    assert.deepEqual(fs.readFileSync(`${server.store}/uploads/${id}/original`), whole);
  });

  test('lists nothing of an upload that was ended', async () => {
    const upload = await createTus(server, 1000, 'given_up.mp4');
    await patchTus(server, upload, 0, Buffer.alloc(500));
    const ended = await request(server, 'DELETE', upload,
                                { headers: { 'Tus-Resumable': '1.0.0' } });
    assert.equal(ended.status, 204);
    const gone = await request(server, 'HEAD', upload, { headers: { 'Tus-Resumable': '1.0.0' } });
    assert.ok([404, 410].includes(gone.status), `${gone.status}`);
    const titles = (await get(server, `${api}/videos`)).json.videos.map((one) => one.title);
    assert.ok(!titles.some((title) => title.includes('given_up')), `${titles}`);
  });

  test('forgets a deleted video and frees its bytes', async () => {
    const { json: { id } } = await put(server, clip('video_only.mp4'));
    await waitFor(server, id, settled);
    assert.ok(server.files().some((file) => file.includes(id)));
    assert.equal((await request(server, 'DELETE', `${api}/videos/${id}`)).status, 204);
    isProblem(await get(server, `${api}/videos/${id}`), 404);
    isProblem(await get(server, `${api}/manifest/${id}.m3u8`), 404);
    assert.deepEqual(server.files().filter((file) => file.includes(id)), []);
  });

  test('deletes a video that is still being made, and its worker ends', async () => {
    const { json: { id } } = await put(server, clip('long_720p.mp4'));
    await waitFor(server, id, (one) => one.state === 'processing');
    assert.equal((await request(server, 'DELETE', `${api}/videos/${id}`)).status, 204);
    for (let tries = 0; server.workers().length > 0 && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.deepEqual(server.workers(), []);
    assert.deepEqual(server.files().filter((file) => file.includes(id)), []);
  });

  test('keeps videos, titles and files over a restart', async () => {
    const before = await video(server, small.id);
    assert.equal(await server.stop(), 0);
    await server.restart();
    assert.deepEqual(await video(server, small.id), before);
    const playlist = await get(server, before.manifestUrl);
    assert.equal(playlist.status, 200);
    assert.equal((await get(server, before.formats[0].url)).status, 200);
  });

  test('finishes after a restart what was being made when it was killed', async () => {
    const { json: { id } } = await put(server, clip('hello.mp4'));
    await waitFor(server, id, (one) => one.state === 'processing');
    await server.kill();
    await server.restart();
    assert.equal((await waitFor(server, id, settled, 240)).state, 'ready');
    assert.ok(Math.abs((await video(server, id)).durationSeconds - 8.3) < 0.15);
  });
});
