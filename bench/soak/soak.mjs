#!/usr/bin/env node
// The real server under mixed load for a while: whether its memory, descriptors, coroutine frames
// and buffers stay what they were.
//   bench/soak/soak.mjs [--minutes 30] [--build build/release] [--json FILE] [--memory-slack 2]
// Writes a line each 10 s and a verdict at the end; the exit code tells whether all was flat.
// --memory-slack is what resident memory may differ by between the middle and the last third, in
// MiB; a build with sanitizers needs more, as they keep freed memory for a while.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { crowd, tally } from './crowd.mjs';
import { judge } from './verdict.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    build: { type: 'string', default: path.join(root, 'build/release') },
    json: { type: 'string', default: '' },
    'memory-slack': { type: 'string', default: '2' },
  },
});

const kFiles = { 'list.m3u8': 2048, 'part.m4s': 100 * 1024, 'segment.m4s': 2 * 1024 * 1024, 'film.mp4': 50_000_000 };
const kSampleMs = 10_000;
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

function prepare() {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'soak-'));
  fs.mkdirSync(path.join(work, 'files'));
  for (const [name, size] of Object.entries(kFiles)) {
    fs.writeFileSync(path.join(work, 'files', name), randomFillSync(Buffer.alloc(size)));
  }
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
    '-nodes', '-keyout', `${work}/key.pem`, '-out', `${work}/cert.pem`, '-days', '30', '-subj', '/CN=localhost'],
  { stdio: 'ignore' });
  return work;
}

/** Starts the server on ports that the kernel picks; yields the process and both addresses. */
async function startServer(work) {
  const settings = [
    'server.listen=127.0.0.1:0', `store.root=${work}/store`, `files.folder=${work}/files`,
    'log.level=error', 'http.idle_timeout=5s', 'http.head_timeout=3s', 'http.stall_timeout=10s',
    'tls.listen=["127.0.0.1:0"]',
    `tls.certificate=[{ certificate = "${work}/cert.pem", key = "${work}/key.pem" }]`,
    'tls.ticket_rotation=5min', `access_log.file=${work}/access.log`, 'access_log.mode=sampled',
  ];
  const child = spawn(path.join(options.build, 'bin/millrace'), settings.flatMap((one) => ['--set', one]),
    { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (bytes) => { said += bytes; });
  for (let waited = 0; waited < 60_000; waited += 50) {
    const [clear] = /http:\/\/127.0.0.1:(\d+)/.exec(said)?.slice(1) ?? [];
    const [tls] = /https:\/\/127.0.0.1:(\d+)/.exec(said)?.slice(1) ?? [];
    if (clear && tls) return { child, clear: Number(clear), tls: Number(tls) };
    if (child.exitCode !== null) break;
    await sleep(50);
  }
  throw new Error('the server does not start');
}

/** What is watched, of the text of /metrics. */
function read(text) {
  const sum = (pattern) => [...text.matchAll(new RegExp(`^${pattern}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))]
    .reduce((total, [, value]) => total + Number(value), 0);
  return {
    rss: sum('process_resident_memory_bytes'),
    descriptors: sum('process_open_fds'),
    connections: sum('millrace_http_connections'),
    frames: sum('millrace_coroutine_frames'),
    buffers: sum('millrace_memory_bytes'),
    requests: sum('millrace_http_requests_total'),
    bytes: sum('millrace_http_sent_bytes_total'),
    stalls: sum('millrace_http_stalls_total'),
    broken: sum('millrace_http_broken_responses_total'),
  };
}

async function sample(port, start) {
  const reply = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { Connection: 'close' }, signal: AbortSignal.timeout(30_000) });
  return { second: Math.round((Date.now() - start) / 1000), ...read(await reply.text()) };
}

function show(one) {
  console.log(`${String(one.second).padStart(5)} s  rss ${(one.rss / 1048576).toFixed(1)} MiB  fds ${one.descriptors}  `
    + `connections ${one.connections}  frames ${one.frames}  buffers ${one.buffers}  requests ${one.requests}  `
    + `sent ${(one.bytes / 1e9).toFixed(1)} GB  stalls ${one.stalls}  broken ${one.broken}`);
}

async function main() {
  const work = prepare();
  const server = await startServer(work);
  const start = Date.now();
  const before = await sample(server.clear, start);
  show(before);
  const end = start + Number(options.minutes) * 60_000;
  const load = crowd(server, () => Date.now() < end && server.child.exitCode === null);
  const samples = [];
  while (Date.now() < end && server.child.exitCode === null) {
    await sleep(Math.min(kSampleMs, Math.max(0, end - Date.now())));
    samples.push(await sample(server.clear, start));
    show(samples.at(-1));
  }
  await load;
  // Stalled, idle and half-open connections are given up within 10 s.
  await sleep(15_000);
  const after = await sample(server.clear, start);
  show(after);
  server.child.kill('SIGTERM');
  const exitCode = await new Promise((resolve) => { server.child.once('exit', resolve); });
  const verdict = judge({ before, samples, after, exitCode, slackMiB: Number(options['memory-slack']) });
  console.log(`what was done: ${JSON.stringify(tally)}`);
  verdict.forEach((line) => console.log(`${line.holds ? 'ok' : 'NOT OK'}: ${line.text}`));
  if (options.json) fs.writeFileSync(options.json, JSON.stringify({ before, samples, after, tally, verdict }, null, 1));
  fs.rmSync(work, { recursive: true });
  process.exit(verdict.every((line) => line.holds) ? 0 : 1);
}

await main();
