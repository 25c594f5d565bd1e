// Live streams by real encoders: ffmpeg over RTMP and over HTTP, viewers by plain HTTP and ffmpeg.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as http from 'node:http';
import { after, before, describe, test } from 'node:test';

import { get, request } from './client.mjs';
import { Millrace } from './millrace.mjs';

const api = '/api/VideoStream/live';

/** A picture with a clock and a tone, in real time, without an end. */
const testCard = ['-re', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=30',
                  '-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'];
const encoded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '60',
                 '-keyint_min', '60', '-sc_threshold', '0', '-pix_fmt', 'yuv420p', '-b:v', '600k',
                 '-c:a', 'aac', '-b:a', '96k'];

class Publisher {
  constructor(...target) {
    this.child = spawn('ffmpeg', ['-nostdin', '-hide_banner', '-loglevel', 'error', ...testCard,
                                  ...encoded, ...target], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.said = '';
    this.child.stderr.setEncoding('utf8').on('data', (text) => { this.said += text; });
    this.ended = once(this.child, 'exit');
  }

  /** As Ctrl-C: it tells the server that it has finished. */
  async finish() {
    this.child.kill('SIGINT');
    await this.ended;
  }

  /** As a crash. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** Asks until `enough(answer)`, a few times a second. */
async function until(ask, enough, seconds = 40) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (enough(answer)) return answer;
    if (Date.now() > end) throw new Error(`waited ${seconds} s; last: ${answer.text ?? answer}`);
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
}

const value = (text, tag) => Number(new RegExp(`^#EXT-X-${tag}:(\\d+)`, 'm').exec(text)?.[1]);
const uris = (text, pattern) => [...text.matchAll(pattern)].map(([, uri]) => uri);
const segmentsOf = (text) => uris(text, /^#EXTINF:.*\n(?:#.*\n)*(.+)$/gm);
const partsOf = (text) => uris(text, /^#EXT-X-PART:.*URI="([^"]+)"/gm);

describe('a live stream', { concurrency: false }, () => {
  let server;
  let rtmp;
  const told = [];
  const receiver = http.createServer(async (incoming, reply) => {
    let body = '';
    for await (const text of incoming.setEncoding('utf8')) body += text;
    told.push({ body, signature: incoming.headers['millrace-signature'], ...JSON.parse(body) });
    reply.writeHead(204).end();
  });

  before(async () => {
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    server = await Millrace.start({
      settings: {
        live: {
          rtmp_listen: ['127.0.0.1:0'], heights: [], segment_duration: '2s', window: '12s',
          grace_time: '20s', webhook_secret: 'hook-secret-5',
          webhook_url: `http://127.0.0.1:${receiver.address().port}/`,
          channel: [{ name: 'stage', key: 'stage-secret-1' }, { name: 'desk', key: 'desk-secret-2' },
                    { name: 'yard', key: 'yard-secret-3' },
                    { name: 'past', key: 'past-secret-4', expires: '2020-01-01T00:00:00Z' }],
        },
      },
    });
    rtmp = server.rtmpUrl;
  });
  after(async () => {
    await server?.stopAndRemove();
    receiver.close();
  });

  const playlist = (address) => get(server, `${api}/${address}`);
  /** The Media Playlist of a quality, once it lists `count` segments. */
  const listed = (name, quality, count) => until(
    () => playlist(`${name}/${quality}.m3u8`),
    ({ status, text }) => status === 200 && segmentsOf(text).length >= count);
  const body = async (address) => {
    const reply = await fetch(`${server.url}${api}/${address}`);
    assert.equal(reply.status, 200, address);
    return Buffer.from(await reply.arrayBuffer());
  };

  test('is watched while it is published over RTMP', async () => {
    const publisher = new Publisher('-f', 'flv', `${rtmp}/live/stage-secret-1`);
    try {
      const top = await until(() => playlist('stage.m3u8'), ({ status }) => status === 200);
      assert.match(top.text, /#EXT-X-STREAM-INF:.*CODECS="avc1\.[0-9a-f]{6},mp4a\.40\.2"/i);
      assert.match(top.text, /RESOLUTION=640x360/);
      const { text } = await listed('stage', 'source', 3);
      assert.equal(value(text, 'TARGETDURATION'), 2);
      assert.match(text, /#EXT-X-PART-INF:PART-TARGET=0\.5/);
      assert.match(text, /CAN-BLOCK-RELOAD=YES/);
      assert.match(text, /#EXT-X-PRELOAD-HINT:TYPE=PART/);
      assert.match(text, /#EXT-X-RENDITION-REPORT:/);
      const durations = uris(text, /^#EXT-X-PART:DURATION=([\d.]+)/gm).map(Number);
      assert.ok(durations.every((duration) => duration <= 0.5), String(durations));
      // LL-05: a segment is its parts, one behind the other.
      const block = /((?:#EXT-X-PART:.*\n)+)#EXTINF:.*\n(.+)\n/.exec(text);
      const parts = await Promise.all(partsOf(block[1]).map((uri) => body(`stage/${uri}`)));
      const whole = await body(`stage/${block[2]}`);
      const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
      assert.equal(hash(Buffer.concat(parts)), hash(whole));
      // A reload that asks for what comes next is answered with it, not before.
      const next = value(text, 'MEDIA-SEQUENCE') + segmentsOf(text).length + 1;
      const later = await playlist(`stage/source.m3u8?_HLS_msn=${next}&_HLS_part=0`);
      assert.equal(later.status, 200);
      const newest = value(later.text, 'MEDIA-SEQUENCE') + segmentsOf(later.text).length;
      assert.ok(newest >= next, `${newest} is before ${next}`);
    } finally {
      await publisher.finish();
    }
    const { text } = await until(() => playlist('stage/source.m3u8'),
                                 (answer) => answer.text.includes('#EXT-X-ENDLIST'));
    assert.doesNotMatch(text, /PRELOAD-HINT/);
  });

  test('is told of to another server', async () => {
    const types = await until(() => told.filter(({ stream }) => stream === 'stage'),
                              (events) => events.length >= 2);
    assert.deepEqual(types.map(({ type }) => type), ['stream.published', 'stream.unpublished']);
    assert.notEqual(types[0].id, types[1].id);
    for (const { body, signature } of types) {
      const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature);
      const wanted = createHmac('sha256', 'hook-secret-5').update(`${time}.${body}`).digest('hex');
      assert.equal(mac, wanted);
    }
  });

  for (const [kind, format] of [['MPEG-TS', ['-f', 'mpegts']],
    ['fragmented MP4', ['-f', 'mp4', '-movflags', 'cmaf+frag_keyframe']],
    ['FLV', ['-f', 'flv']]]) {
    test(`is published as ${kind} in one request`, async () => {
      const publisher = new Publisher(...format, '-method', 'PUT',
                                      `${server.url}/ingest/desk-secret-2`);
      try {
        await listed('desk', 'source', 2);
        await listed('desk', 'audio', 2);
        const checked = spawnSync('ffmpeg', [
          '-nostdin', '-v', 'error', '-t', '3', '-i', `${server.url}${api}/desk.m3u8`,
          '-f', 'null', '-'], { encoding: 'utf8' });
        assert.equal(checked.status, 0);
        assert.equal(checked.stderr, '');
      } finally {
        await publisher.finish();
      }
      await until(() => playlist('desk/source.m3u8'),
                  (answer) => answer.text.includes('#EXT-X-ENDLIST'));
    });
  }

  test('goes on when its encoder crashes and comes back, and when the server does', async () => {
    const target = ['-f', 'flv', `${rtmp}/live/yard-secret-3`];
    let publisher = new Publisher(...target);
    const first = await listed('yard', 'source', 2);
    await publisher.kill();
    publisher = new Publisher(...target);
    const back = await until(() => playlist('yard/source.m3u8'), ({ text }) => (
      /#EXT-X-DISCONTINUITY\n(?:#.*\n)+.+\.m4s/.test(text)));
    assert.ok(value(back.text, 'MEDIA-SEQUENCE') >= value(first.text, 'MEDIA-SEQUENCE'));
    const newest = value(back.text, 'MEDIA-SEQUENCE') + segmentsOf(back.text).length;
    await publisher.kill();

    await server.kill();
    await server.restart();
    rtmp = server.rtmpUrl;
    publisher = new Publisher('-f', 'flv', `${rtmp}/live/yard-secret-3`);
    try {
      const { text } = await listed('yard', 'source', 1);
      assert.ok(value(text, 'MEDIA-SEQUENCE') > newest, `PL-13: ${text}`);
    } finally {
      await publisher.finish();
    }
  });

  for (const [kind, target] of [['RTMP', () => ['-f', 'flv', `${rtmp}/live/yard-secret-3`]],
    ['fragmented MP4', () => ['-f', 'mp4', '-movflags', 'cmaf+frag_keyframe', '-method', 'PUT',
                              `${server.url}/ingest/yard-secret-3`]]]) {
    test(`goes on when its worker is killed, published over ${kind}`, async () => {
      const publisher = new Publisher(...target());
      try {
        const first = await until(() => playlist('yard/source.m3u8'), ({ status, text }) => (
          status === 200 && !text.includes('ENDLIST') && segmentsOf(text).length >= 2));
        const newest = value(first.text, 'MEDIA-SEQUENCE') + segmentsOf(first.text).length;
        const [worker] = server.workers();
        process.kill(worker, 'SIGKILL');
        await until(() => playlist('yard/source.m3u8'), ({ text }) => (
          /#EXT-X-DISCONTINUITY\n(?:#.*\n)+.+\.m4s/.test(text) &&
          value(text, 'MEDIA-SEQUENCE') + segmentsOf(text).length > newest + 2));
        assert.equal(publisher.child.exitCode, null, publisher.said);
        assert.notEqual(server.workers()[0], worker);
      } finally {
        await publisher.finish();
      }
      await until(() => playlist('yard/source.m3u8'), ({ text }) => text.includes('ENDLIST'));
    });
  }

  test('is refused without a key that may publish', async () => {
    const wrong = await request(server, 'PUT', '/ingest/wrong-secret-9', { body: 'G'.repeat(188) });
    assert.equal(wrong.status, 403);
    const expired = await request(server, 'PUT', '/ingest/past-secret-4', { body: 'G'.repeat(188) });
    assert.equal(expired.status, 403);
    const odd = await request(server, 'PUT', '/ingest/stage-secret-1', { body: 'no stream at all' });
    assert.equal(odd.status, 415);
    const over = new Publisher('-f', 'flv', `${rtmp}/live/wrong-secret-9`);
    const [code] = await over.ended;
    assert.notEqual(code, 0);
    assert.doesNotMatch(server.log, /secret-/);
  });

  test('has one publisher at a time', async () => {
    const target = ['-f', 'flv', `${rtmp}/live/stage-secret-1`];
    const publisher = new Publisher(...target);
    try {
      await until(() => playlist('stage/source.m3u8'), ({ status, text }) => (
        status === 200 && !text.includes('#EXT-X-ENDLIST') && segmentsOf(text).length > 0));
      const second = new Publisher(...target);
      const [code] = await second.ended;
      assert.notEqual(code, 0);
      assert.equal(publisher.child.exitCode, null);
    } finally {
      await publisher.finish();
    }
  });

  test('leaves nothing behind but its numbers', async () => {
    await until(() => server.workers(), (workers) => workers.length === 0);
    assert.ok(fs.existsSync(`${server.store}/live/stage.json`));
  });
});
