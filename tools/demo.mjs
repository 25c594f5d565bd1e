// The part of tools/demo that talks to the server: start, upload, progress, checks, serve.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { parseArgs } from 'node:util';

import { openBrowser, playLevels } from '../tests/e2e/browser.mjs';
import { putWithProgress, settled, video, waitFor } from '../tests/e2e/client.mjs';
import {
  decodeErrors, extent, gstreamerSeconds, packets, parseMultivariant, sum,
} from '../tests/e2e/media.mjs';
import { Millrace, selfSigned } from '../tests/e2e/millrace.mjs';
import { checkDecodes, checkLatency, liveSettings, publishCard } from './demo_live.mjs';

const film = '/usr/share/forensics-samples/original-files/movie2/movie-hello.mp4';

class Refusal extends Error {}

function options() {
  try {
    const { values, positionals } = parseArgs({
      options: {
        check: { type: 'boolean' }, tls: { type: 'boolean' }, live: { type: 'boolean' },
        port: { type: 'string', default: '8080' },
      },
      allowPositionals: true,
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw new Refusal(`--port must be 0..65535, got ${values.port}`);
    }
    const file = path.resolve(positionals[0] ?? film);
    if (!fs.existsSync(file) || !fs.statSync(file).isFile()) {
      throw new Refusal(`there is no file ${file}`);
    }
    const { check: checking = false, tls = false, live = false } = values;
    return { checking, tls, live, port, file };
  } catch (error) {
    throw new Refusal(`${error.message}\nusage: tools/demo [--check] [--live] [--tls] [--port PORT] [FILE]`);
  }
}

async function refuseBusyPort(port) {
  const probe = net.createServer();
  await new Promise((resolve, reject) => {
    probe.once('error', (error) => reject(new Refusal(error.code === 'EADDRINUSE'
      ? `port ${port} is in use by another program; try: tools/demo --port ${port + 1}`
      : `127.0.0.1:${port}: ${error.message}`)));
    probe.listen(port, '127.0.0.1', resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}

const clock = (seconds) => seconds == null ? '--:--'
  : `${Math.floor(seconds / 60)}:${String(Math.round(seconds) % 60).padStart(2, '0')}`;

/** One line that is drawn over itself on a terminal, and printed now and then elsewhere. */
class Bar {
  constructor(title) {
    this.title = title;
    this.next = 0;
  }

  draw(fraction, text = '') {
    const full = Math.round(30 * fraction);
    const line = `${this.title} [${'#'.repeat(full)}${'-'.repeat(30 - full)}] ` +
      `${String(Math.floor(100 * fraction)).padStart(3)} % ${text}`;
    if (process.stdout.isTTY) {
      process.stdout.write(`\r${line}\x1b[K${fraction >= 1 ? '\n' : ''}`);
    } else if (fraction >= this.next) {
      console.log(line);
      this.next = fraction >= 1 ? Infinity : Math.floor(4 * fraction + 1) / 4;
    }
  }
}

/** Uploads and follows the transcode. Returns the video and the seconds it took to get there. */
async function publish(server, file) {
  const uploading = new Bar('upload   ');
  const { id } = await putWithProgress(server, file, (part) => uploading.draw(part));
  const start = performance.now();
  const since = () => (performance.now() - start) / 1000;
  const transcoding = new Bar('transcode');
  let watchable;
  const last = await waitFor(server, id, (now) => {
    if (now.watchable && watchable === undefined) watchable = since();
    if (now.progress) {
      const { fraction, speed, secondsLeft } = now.progress;
      transcoding.draw(Math.min(fraction, 0.999), `${speed?.toFixed(1) ?? '-'}x real time, ` +
        `${clock(secondsLeft)} left${now.watchable ? ', watchable' : ''}`);
    }
    return settled(now);
  }, 24 * 3600);
  if (last.state === 'failed') {
    throw new Refusal(`\nmillrace refuses this file: ${last.failure.detail} ` +
                      `(${last.failure.reason})`);
  }
  const took = since();
  const made = await video(server, id);
  transcoding.draw(1, `${(made.durationSeconds / took).toFixed(1)}x real time, done`);
  return { made, watchable: watchable ?? took, took };
}

/** One line of the report; `measure` returns what to print, or throws. */
async function check(failures, name, measure) {
  try {
    console.log(`  ok    ${name.padEnd(34)} ${await measure()}`);
  } catch (error) {
    failures.push(name);
    console.log(`  FAIL  ${name.padEnd(34)} ${error.message}`);
  }
}

function near(seconds, expected, what) {
  if (!(Math.abs(seconds - expected) < 0.25)) {
    throw new Error(`${what}: ${seconds.toFixed(2)} s instead of ${expected.toFixed(2)} s`);
  }
  return `${seconds.toFixed(2)} s`;
}

async function checkPlaylists(server, made, failures) {
  const address = server.url + made.manifestUrl;
  const { variants, media } = parseMultivariant(await (await fetch(address)).text(), address);
  const renditions = new Map();
  for (const one of variants) renditions.set(one.url, one.RESOLUTION ? 'v' : 'a');
  for (const one of media.filter((group) => group.url)) renditions.set(one.url, 'a');
  for (const [url, kind] of renditions) {
    await check(failures, `ffmpeg ${path.basename(new URL(url).pathname)}`, async () => {
      const errors = await decodeErrors(url);
      if (errors !== '') throw new Error(errors);
      const list = await packets(url, kind);
      const length = near(extent(list), made.durationSeconds, 'length');
      const rate = 8 * sum(list.map((one) => one.size)) / extent(list) / 1000;
      return `${length}, ${list.length} samples, ${rate.toFixed(0)} kbit/s`;
    });
  }
  const heights = [...new Set(variants.map((one) => Number(one.RESOLUTION?.split('x')[1])))];
  for (const height of heights.filter(Number.isFinite)) {
    await check(failures, `GStreamer up to ${height} lines`, async () =>
      near(await gstreamerSeconds(`${address}?maxHeight=${height}`), made.durationSeconds, 'end'));
  }
  if (heights.some(Number.isNaN)) {
    await check(failures, 'GStreamer', async () =>
      near(await gstreamerSeconds(address), made.durationSeconds, 'end'));
  }
}

async function checkFormats(server, made, failures) {
  for (const format of made.formats) {
    await check(failures, `watch itag ${format.itag} (${format.quality})`, async () => {
      const errors = await decodeErrors(server.url + format.url);
      if (errors !== '') throw new Error(errors);
      const reply = await fetch(server.url + format.url, { headers: { Range: 'bytes=0-999' } });
      if (reply.status !== 206) throw new Error(`Range gave ${reply.status}`);
      return `${(Number(reply.headers.get('content-range').split('/')[1]) / 1e6).toFixed(2)} MB, ` +
        `${reply.headers.get('content-type')}`;
    });
  }
}

async function checkBrowser(server, made, failures) {
  const browser = await openBrowser();
  try {
    // A long film is played faster than its viewers would; browsers then leave pictures out.
    const rate = made.durationSeconds <= 30 ? 1 : 4;
    const levels = await playLevels(browser, server.url, made.manifestUrl, { rate });
    for (const level of levels) {
      await check(failures, `Chromium ${level.width}x${level.height}`, () => {
        if (level.errors.length > 0) throw new Error(level.errors.join('; '));
        return `${near(level.seconds, made.durationSeconds, 'end')}, ${level.frames} frames, ` +
          `${level.dropped} dropped at ${rate}x speed`;
      });
    }
  } finally {
    await browser.close();
  }
}

/** What comes over TLS is what comes without. */
async function checkTls(server, made, failures) {
  if (!server.secureUrl) return;
  for (const version of ['1.2', '1.3']) {
    await check(failures, `curl over TLS ${version}`, async () => {
      const { url } = made.formats[0];
      const clear = Buffer.from(await (await fetch(server.url + url)).arrayBuffer());
      const sealed = spawnSync('curl', [
        '-sS', '--cacert', server.certificate, `--tlsv${version}`, '--tls-max', version,
        server.secureUrl + url], { maxBuffer: 1 << 30 });
      if (sealed.status !== 0) throw new Error(String(sealed.stderr));
      if (!clear.equals(sealed.stdout)) throw new Error('other bytes');
      return `${(clear.length / 1e6).toFixed(2)} MB, the same bytes`;
    });
  }
}

async function checkAll(server, { made, watchable, took }) {
  const failures = [];
  console.log(`\nfirst playable segment ${watchable.toFixed(1)} s after the upload; all of ` +
    `${made.durationSeconds.toFixed(1)} s in ${took.toFixed(1)} s`);
  await checkPlaylists(server, made, failures);
  await checkFormats(server, made, failures);
  await checkTls(server, made, failures);
  await check(failures, 'Chromium', async () => {
    await checkBrowser(server, made, failures);
    return 'every level played to its end';
  });
  console.log(failures.length === 0 ? '\ndemo: everything played'
    : `\ndemo: ${failures.length} failed: ${failures.join(', ')}`);
  return failures.length === 0 ? 0 : 1;
}

/** What can be looked at, and how to check it: a film that was uploaded. */
async function showFilm(server, url, file) {
  const published = await publish(server, file);
  console.log(`\n  watch it:  ${url}/watch/${published.made.id}` +
              `\n  upload:    ${url}/upload\n`);
  return { check: () => checkAll(server, published), end: async () => {} };
}

/** The same of a live stream, which goes on until its `end`. */
async function showLive(server, url) {
  const card = await publishCard(server);
  console.log(`\n  watch it:  ${url}/live/demo` +
              `\n  publish:   rtmp to ${server.rtmpUrl}/live with the key your-secret-key,` +
              `\n             and watch it at ${url}/live/yours\n`);
  const checkLive = async () => {
    const failures = [];
    await check(failures, 'ffmpeg', () => checkDecodes(server));
    await check(failures, 'Chromium, the page', () => checkLatency(url));
    return failures.length === 0 ? 0 : 1;
  };
  return { check: checkLive, end: () => card.finish() };
}

async function main() {
  const { checking, tls, live, port, file } = options();
  await refuseBusyPort(port);
  fs.mkdirSync('build/demo', { recursive: true });
  const folder = fs.mkdtempSync(path.resolve('build/demo/store-'));
  const listen = `127.0.0.1:${port}`;
  const certificate = tls ? selfSigned(folder) : undefined;
  const server = await Millrace.start({
    folder,
    settings: {
      ...(tls
        ? { server: { listen: '127.0.0.1:0' },
            tls: { listen: [listen], certificate: [certificate] } }
        : { server: { listen } }),
      ...(live ? { live: liveSettings } : {}),
    },
  });
  server.certificate = certificate?.certificate;
  const url = server.secureUrl ?? server.url;
  let interrupted = false;
  let shown;
  const end = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.on(signal, () => { interrupted = true; resolve(); });
    }
  });
  try {
    console.log(`demo: millrace serves on ${url}, its store is ${folder}`);
    shown = await Promise.race([live ? showLive(server, url) : showFilm(server, url, file), end]);
    if (interrupted) return 130;
    if (checking) return await Promise.race([shown.check(), end.then(() => 130)]);
    console.log('Ctrl-C ends the server and removes its store.');
    await Promise.race([end, server.ended.then(() => {
      if (!interrupted) throw new Refusal(`millrace ended:\n${server.log.slice(-2000)}`);
    })]);
    return 0;
  } finally {
    await shown?.end();
    const code = await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
    if (code !== 0) console.error(`demo: millrace ended with ${code}`);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`demo: ${error instanceof Refusal ? error.message : error.stack}`);
  process.exitCode = 1;
}
