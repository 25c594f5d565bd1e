#!/usr/bin/env node
// The numbers of the whole path, from one run of the real server on a real clip:
//   bench/vod_numbers.mjs [CLIP] [ROUNDS]
// Needs the release preset. Prints, as median [least..most], each with its limit and the ratio to it:
//   from the end of the upload to the first segment that can be fetched (60 s of 720p: 3 s),
//   bytes of all renditions per byte of their samples (1.02),
//   bytes that another segment length costs on disk (0),
//   bytes of segments that passed through user space, by the server's own counters (0).
// Ends with status 1 when a count of bytes is over its limit in any round. A time over its limit is
// shown as such and fails nothing: it says as much about the machine.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
process.env.MILLRACE_BUILD ??= path.join(root, 'build/release');
const { Millrace } = await import('../tests/e2e/millrace.mjs');
const { put, settled, waitFor } = await import('../tests/e2e/client.mjs');
const { packets, parseMedia, parseMultivariant, sum } = await import('../tests/e2e/media.mjs');

const kApi = '/api/VideoStream';
const kClip = '/usr/share/forensics-samples/original-files/movie2/movie-hello.mp4';

/** 60 s of the clip, by repeating its packets: real content, nothing encoded again. */
function sixtySeconds(clip) {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-')), 'clip.mp4');
  execFileSync('ffmpeg', ['-v', 'error', '-stream_loop', '-1', '-i', clip, '-t', '60', '-c', 'copy', file]);
  return file;
}

const text = async (url) => (await fetch(url)).text();
const size = async (url) => (await (await fetch(url)).arrayBuffer()).byteLength;

async function firstSegment(server, id) {
  for (;;) {
    const list = await fetch(`${server.url}${kApi}/manifest/${id}.m3u8?segment=2`);
    const variants = list.status === 200 ? parseMultivariant(await list.text(), list.url).variants : [];
    for (const variant of variants) {
      const media = await fetch(variant.url);
      if (media.status !== 200) continue;
      const [segment] = parseMedia(await media.text(), media.url).segments;
      if (segment !== undefined && await size(segment.url) > 0) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const diskBytes = (folder) => Number(execFileSync('du', ['-sb', folder]).toString().split('\t')[0]);

async function sampleBytes(server, id, formats) {
  let bytes = 0;
  for (const format of formats.filter((one) => one.kind !== 'muxed')) {
    const file = `${server.store}/processed/${id}/${format.quality}.mp4`;
    bytes += sum((await packets(file, format.kind === 'video' ? 'v' : 'a')).map((one) => one.size));
  }
  return bytes;
}

/** Bytes that left so far: from 'memory', or from 'file' by sendfile. */
async function sentFrom(server, where) {
  const metrics = await text(`${server.url}/metrics`);
  return Number(new RegExp(`^millrace_http_sent_bytes_total{from="${where}"} (\\d+)`, 'm').exec(metrics)[1]);
}

/** Fetches every segment of every rendition once. Yields its bytes. */
async function fetchSegments(server, id, seconds) {
  const list = `${server.url}${kApi}/manifest/${id}.m3u8?segment=${seconds}`;
  let bytes = 0;
  for (const variant of parseMultivariant(await text(list), list).variants) {
    for (const segment of parseMedia(await text(variant.url), variant.url).segments) {
      bytes += await size(segment.url);
    }
  }
  return bytes;
}

async function round(file) {
  const server = await Millrace.start();
  try {
    const { id } = (await put(server, file)).json;
    const uploaded = performance.now();
    await firstSegment(server, id);
    const first = (performance.now() - uploaded) / 1000;
    const video = await waitFor(server, id, settled, 600);
    if (video.state !== 'ready') throw new Error(JSON.stringify(video.failure));
    const tracks = video.formats.filter((one) => one.kind !== 'muxed');
    const stored = sum(tracks.map((one) => one.sizeBytes));
    const samples = await sampleBytes(server, id, tracks);
    const before = diskBytes(server.store);
    await fetchSegments(server, id, 2);
    const resegmented = diskBytes(server.store) - before;
    const memory = await sentFrom(server, 'memory');
    const files = await sentFrom(server, 'file');
    const body = await fetchSegments(server, id, 4);
    const sent = await sentFrom(server, 'file') - files;
    const heads = await sentFrom(server, 'memory') - memory;
    return { first, overhead: stored / samples, resegmented, copied: Math.max(0, body - sent),
             heads: heads / body };
  } finally {
    await server.stop();
  }
}

const [clip = kClip, rounds = '3'] = process.argv.slice(2);
const file = sixtySeconds(clip);
const results = [];
for (let i = 0; i < Number(rounds); ++i) results.push(await round(file));
const median = (sorted) => sorted[sorted.length >> 1];

/** Prints one number with its limit. Yields whether its worst round keeps to it. */
function show(name, key, { digits = 0, unit = '', limit } = {}) {
  const sorted = results.map((one) => one[key]).sort((a, b) => a - b);
  const [middle, most] = [median(sorted), sorted.at(-1)];
  const values = `${middle.toFixed(digits)}${unit} [${sorted[0].toFixed(digits)}..${most.toFixed(digits)}]`;
  if (limit === undefined) {
    console.log(`${name}: ${values}`);
    return true;
  }
  const kept = most <= limit;
  const ratio = limit > 0 ? `, ratio ${(middle / limit).toFixed(3)}` : '';
  console.log(`${name}: ${values}, limit ${limit}${unit}${ratio}: ${kept ? 'kept' : 'OVER'}`);
  return kept;
}

show('end of upload to first segment', 'first', { digits: 2, unit: ' s', limit: 3 });
const counts = [
  show('stored bytes per sample byte', 'overhead', { digits: 4, limit: 1.02 }),
  show('bytes that another segment length costs', 'resegmented', { limit: 0 }),
  show('bytes of segments copied in user space', 'copied', { limit: 0 }),
];
show('bytes of heads and playlists sent from memory, per byte of segments', 'heads', { digits: 4 });
fs.rmSync(path.dirname(file), { recursive: true });
process.exitCode = counts.every(Boolean) ? 0 : 1;
