// A real clip with speech becomes a video whose every playlist, segment and format plays.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { get, makeVideo } from './client.mjs';
import {
  decodeErrors, extent, gstreamerSeconds, packets, parseMedia, parseMultivariant, probe, run, sum,
} from './media.mjs';
import { Millrace, clip } from './millrace.mjs';

const api = '/api/VideoStream';
const frame = 1 / 30;  // movie-hello.mp4 has 30 pictures a second.

async function text(url) {
  const reply = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  const body = await reply.text();
  assert.equal(reply.status, 200, `${url}: ${reply.status} ${body}`);
  return body;
}

async function bytes(url, range) {
  const reply = await fetch(url, {
    headers: range ? { Range: range } : {}, signal: AbortSignal.timeout(60_000) });
  assert.equal(reply.status, range ? 206 : 200, url);
  return Buffer.from(await reply.arrayBuffer());
}

describe('a real clip', { concurrency: false }, () => {
  let server;
  let ready;
  let multivariant;
  const manifest = (query = '') => `${server.url}${ready.manifestUrl}${query}`;
  const master = async (query = '') =>
    parseMultivariant(await text(manifest(query)), manifest(query));
  const media = async (url) => parseMedia(await text(url), url);

  before(async () => {
    server = await Millrace.start();
    ready = await makeVideo(server, clip('hello.mp4'));
    multivariant = await master();
  }, { timeout: 240_000 });
  after(() => server?.stopAndRemove());

  test('is described as it is', () => {
    assert.equal(ready.state, 'ready');
    assert.equal(ready.watchable, true);
    assert.ok(Math.abs(ready.durationSeconds - 8.3) < 0.15, `${ready.durationSeconds} s`);
    assert.equal(ready.source.width, 1280);
    assert.equal(ready.source.height, 720);
    assert.match(ready.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    for (const format of ready.formats) assert.equal(format.state, 'ready', format.quality);
  });

  test('has the H.264 ladder below its own height, and two sound qualities', () => {
    const heights = ready.formats.filter((one) => one.kind === 'video').map((one) => one.height);
    assert.deepEqual(heights.sort((a, b) => b - a), [720, 480, 360, 240]);
    assert.equal(ready.formats.filter((one) => one.kind === 'audio').length, 2);
    const itags = ready.formats.map((one) => one.itag);
    for (const itag of [18, 22, 133, 134, 135, 136, 139, 140]) {
      assert.ok(itags.includes(itag), `itag ${itag} is missing in ${itags}`);
    }
  });

  test('has a multivariant playlist with what a player needs to choose', () => {
    assert.equal(multivariant.variants.length % 4, 0);
    assert.ok(multivariant.media.some((one) => one.TYPE === 'AUDIO'));
    for (const variant of multivariant.variants) {
      assert.match(variant.CODECS, /^avc1\.[0-9a-f]{6},mp4a\.40\.2$/i);
      assert.match(variant.RESOLUTION, /^\d+x\d+$/);
      assert.equal(Number(variant['FRAME-RATE']), 30);
      assert.ok(Number(variant['AVERAGE-BANDWIDTH']) <= Number(variant.BANDWIDTH));
    }
    assert.equal(multivariant.iframes.length, 4);
  });

  test('is read to the end by ffmpeg, every playlist of it', async () => {
    const urls = [manifest(), ...multivariant.variants.map((one) => one.url),
                  ...multivariant.media.map((one) => one.url).filter(Boolean)];
    for (const url of urls) assert.equal(await decodeErrors(url), '', url);
  });

  test('is read to the end by GStreamer, every variant of it', async () => {
    for (const height of [240, 360, 480, 720]) {
      const reached = await gstreamerSeconds(manifest(`?maxHeight=${height}`));
      assert.ok(Math.abs(reached - ready.durationSeconds) < 0.2, `${height}p: ${reached} s`);
    }
  });

  for (const segment of [2, 4, 6, 10]) {
    test(`has EXTINF sums within one frame of the media at ${segment} s a segment`, async () => {
      const { variants, media: groups } = await master(`?segment=${segment}`);
      for (const { url } of [...variants, ...groups.filter((one) => one.url)]) {
        const playlist = await media(url);
        const kind = groups.some((group) => group.url === url) ? 'a' : 'v';
        const played = extent(await packets(url, kind));
        const stated = sum(playlist.segments.map((one) => one.seconds));
        assert.ok(Math.abs(stated - played) <= frame, `${url}: ${stated} s against ${played} s`);
        assert.ok(playlist.ended);
        for (const one of playlist.segments) {
          assert.ok(Math.round(one.seconds) <= playlist.target, `${one.url}: ${one.seconds} s`);
        }
      }
    });
  }

  test('has its key frames at the same instants in all renditions', async () => {
    const urls = [...new Set(multivariant.variants.map((one) => one.url))];
    const instants = await Promise.all(urls.map(async (url) =>
      (await packets(url, 'v')).filter((one) => one.key).map((one) => one.time.toFixed(3))));
    assert.ok(instants[0].length >= 4, `${instants[0]}`);
    for (const one of instants) assert.deepEqual(one, instants[0]);
  });

  test('begins every segment with a key frame', async () => {
    const file = path.join(server.folder, 'segment.mp4');
    const playlist = await media(multivariant.variants[0].url);
    for (const { url } of playlist.segments) {
      fs.writeFileSync(file, Buffer.concat([await bytes(playlist.map), await bytes(url)]));
      assert.equal((await packets(file, 'v'))[0].key, true, url);
    }
  });

  test('keeps sound and picture within 40 ms', async () => {
    const { variants, media: groups } = multivariant;
    const pictures = await packets(variants[0].url, 'v');
    const sound = await packets(groups.find((one) => one.url).url, 'a');
    // The source's own sound starts and ends within 40 ms of its pictures.
    assert.ok(Math.abs(sound[0].time - pictures[0].time) <= 0.04, `${sound[0].time}`);
  });

  test('has an I-frame playlist of which every entry holds one whole key frame', async () => {
    const file = path.join(server.folder, 'iframe.mp4');
    for (const { url } of multivariant.iframes) {
      const { map, segments } = await media(url);
      assert.ok(segments.length >= 4, url);
      const init = await bytes(map);
      for (const { url: track, range } of segments) {
        const [size, offset] = range.split('@').map(Number);
        const frame = await bytes(track, `bytes=${offset}-${offset + size - 1}`);
        assert.equal(frame.length, size);
        fs.writeFileSync(file, Buffer.concat([init, frame]));
        const [first] = await packets(file, 'v');
        assert.equal(first.key, true, `${url} ${range}`);
        assert.match((await run('ffmpeg', ['-v', 'error', '-i', file, '-frames:v', '1', '-f',
                                           'framecrc', '-'])).stdout, /^0, /m);
      }
    }
  });

  test('can be limited by height, width, bitrate and codecs', async () => {
    const low = await master('?maxHeight=360');
    assert.ok(low.variants.every((one) => Number(one.RESOLUTION.split('x')[1]) <= 360));
    const narrow = await master('?maxWidth=700');
    assert.ok(narrow.variants.every((one) => Number(one.RESOLUTION.split('x')[0]) <= 700));
    const average = Number(multivariant.variants.map((one) => one.BANDWIDTH).sort(
      (a, b) => a - b)[1]);
    const cheap = await master(`?maxBitrate=${average}`);
    assert.ok(cheap.variants.length >= 1);
    assert.ok(cheap.variants.every((one) => Number(one.BANDWIDTH) <= average));
    const avc = await master('?codecs=avc1,mp4a');
    assert.equal(avc.variants.length, multivariant.variants.length);
  });

  test('is served as MPEG-TS on demand', async () => {
    const playlist = await media(multivariant.variants[0].url);
    const address = playlist.segments[0].url.replace(/\.m4s/, '.ts');
    const stream = await bytes(address);
    for (let at = 0; at < stream.length; at += 188) {
      assert.equal(stream[at], 0x47, `packet at byte ${at}`);
    }
    assert.equal((await fetch(address, { method: 'HEAD' })).headers.get('content-type'),
                 'video/mp2t');
    assert.equal(await decodeErrors(address), '');
  });

  test('has segments that may be cached for ever and playlists that name their type', async () => {
    const playlist = await fetch(manifest());
    assert.equal(playlist.headers.get('content-type'), 'application/vnd.apple.mpegurl');
    const { segments } = await media(multivariant.variants[0].url);
    const segment = await fetch(segments[0].url);
    await segment.arrayBuffer();
    assert.match(segment.headers.get('cache-control'), /immutable/);
    assert.match(segment.headers.get('content-type'), /^(video|audio)\/(mp4|iso\.segment)$/);
  });

  test('has a poster and a storyboard whose map fits its sprite sheet', async () => {
    const poster = await probe(server.url + ready.posterUrl);
    assert.ok(['mjpeg', 'webp', 'png'].includes(poster.streams[0].codec_name));
    const map = await text(server.url + ready.storyboardUrl);
    assert.match(map, /^WEBVTT\r?\n/);
    const tiles = [...map.matchAll(/^(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm)];
    assert.ok(tiles.length >= 2, map);
    const sheet = new URL(tiles[0][1], server.url + ready.storyboardUrl).href;
    const { width, height } = (await probe(sheet)).streams[0];
    for (const [, , x, y, w, h] of tiles) {
      assert.ok(+x + +w <= width && +y + +h <= height, `${x},${y} in ${width}x${height}`);
    }
  });

  test('is stored in no more than 1.02 times the bytes of its samples', async () => {
    for (const format of ready.formats.filter((one) => one.kind !== 'muxed')) {
      const list = await packets(server.url + format.url, format.kind[0]);
      const samples = sum(list.map((one) => one.size));
      assert.ok(format.sizeBytes <= 1.02 * samples + 4096,
                `${format.quality}: ${format.sizeBytes} for ${samples}`);
    }
  });

  test('can be watched in every format', async () => {
    for (const format of ready.formats) {
      const url = server.url + format.url;
      assert.equal(await decodeErrors(url), '', url);
      const { format: found } = await probe(url);
      assert.ok(Math.abs(Number(found.duration) - ready.durationSeconds) < 0.1,
                `${format.itag}: ${found.duration}`);
    }
  });

  test('can be watched from any byte', async () => {
    const address = `${api}/watch?v=${ready.id}&itag=18`;
    const whole = await bytes(server.url + address);
    for (const [first, last] of [[0, 0], [1, 1000], [whole.length - 5, whole.length - 1],
                                 [4000, whole.length >> 1]]) {
      const reply = await fetch(server.url + address,
                                { headers: { Range: `bytes=${first}-${last}` } });
      assert.equal(reply.status, 206);
      assert.equal(reply.headers.get('content-range'), `bytes ${first}-${last}/${whole.length}`);
      assert.deepEqual(Buffer.from(await reply.arrayBuffer()), whole.subarray(first, last + 1));
    }
    const beyond = await get(server, address, { Range: `bytes=${whole.length}-` });
    assert.equal(beyond.status, 416);
    assert.equal(beyond.headers.get('content-range'), `bytes */${whole.length}`);
    const tag = (await fetch(server.url + address, { method: 'HEAD' })).headers.get('etag');
    assert.equal((await get(server, address, { 'If-None-Match': tag })).status, 304);
  });

  test('says which formats it has when it lacks one', async () => {
    const reply = await get(server, `${api}/watch?v=${ready.id}&itag=37`);
    assert.equal(reply.status, 404);
    assert.equal(reply.headers.get('content-type'), 'application/problem+json');
    assert.deepEqual(new Set(reply.json.itags), new Set(ready.formats.map((one) => one.itag)));
  });
});
