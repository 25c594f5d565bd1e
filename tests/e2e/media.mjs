// Looks at media as independent players do: ffmpeg, ffprobe and GStreamer read the addresses.
import { execFile } from 'node:child_process';

/** Runs a program for at most `seconds`. Never throws: code is a number or 'late'. */
export function run(command, args, { seconds = 60, env } = {}) {
  return new Promise((resolve) => {
    execFile(command, args, {
      timeout: seconds * 1000, killSignal: 'SIGKILL', maxBuffer: 256 << 20,
      env: env ? { ...process.env, ...env } : process.env,
    }, (error, stdout, stderr) => {
      const code = !error ? 0 : error.killed ? 'late' : error.code ?? error.signal;
      resolve({ code, stdout, stderr });
    });
  });
}

/** Decodes everything behind an address; '' when not one error was seen. */
export async function decodeErrors(url) {
  const { code, stderr } = await run('ffmpeg', [
    '-nostdin', '-v', 'error', '-xerror', '-i', url, '-map', '0', '-f', 'null', '-']);
  return code === 0 ? stderr : `ffmpeg: ${code}\n${stderr}`;
}

/** Plays an address through GStreamer as fast as it can, to its end or to so many pictures. Returns
 *  the seconds it reached. */
export async function gstreamerSeconds(url, { picturesMax = -1 } = {}) {
  const sink = 'sync=false silent=false';
  const { code, stdout, stderr } = await run('gst-launch-1.0', [
    '-v', 'playbin3', `uri=${url}`, `video-sink=fakesink name=v ${sink} num-buffers=${picturesMax}`,
    `audio-sink=fakesink name=a ${sink} num-buffers=${picturesMax}`],
    { env: { GST_DEBUG: '1', LC_ALL: 'C' } });
  if (code !== 0) throw new Error(`gst-launch-1.0: ${code}\n${stderr.slice(-2000)}`);
  let reached = 0;
  const chain = /chain .*?pts: (\d+):(\d+):([\d.]+), duration: (?:(\d+):(\d+):([\d.]+)|none)/g;
  for (const [, h, m, s, dh = 0, dm = 0, ds = 0] of stdout.matchAll(chain)) {
    reached = Math.max(reached, (h * 60 + +m) * 60 + +s + (dh * 60 + +dm) * 60 + +ds);
  }
  return reached;
}

/** Streams and format of a file or an address, by ffprobe. */
export async function probe(url) {
  const { code, stdout, stderr } = await run('ffprobe', [
    '-v', 'error', '-show_streams', '-show_format', '-of', 'json', url]);
  if (code !== 0) throw new Error(`ffprobe ${url}: ${code}\n${stderr}`);
  return JSON.parse(stdout);
}

/** All packets of the first stream of a kind ('v' or 'a'): {time, duration, size, key}. */
export async function packets(url, kind) {
  const { code, stdout, stderr } = await run('ffprobe', [
    '-v', 'error', '-select_streams', `${kind}:0`, '-show_entries',
    'packet=pts_time,duration_time,size,flags', '-of', 'json', url]);
  if (code !== 0) throw new Error(`ffprobe ${url}: ${code}\n${stderr}`);
  return JSON.parse(stdout).packets.map((packet) => ({
    time: Number(packet.pts_time), duration: Number(packet.duration_time ?? 0),
    size: Number(packet.size), key: packet.flags.startsWith('K'),
  })).sort((a, b) => a.time - b.time);
}

/** From the first picture or sample to the end of the last, in seconds. */
export function extent(list) {
  const last = list.at(-1);
  return last.time + last.duration - list[0].time;
}

function attributes(line) {
  const found = {};
  for (const [, name, value] of line.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^,]*)/g)) {
    found[name] = value.replace(/^"|"$/g, '');
  }
  return found;
}

/** A multivariant playlist as {variants, media, iframes}, each with its attributes and its URL. */
export function parseMultivariant(text, base) {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const playlist = { variants: [], media: [], iframes: [] };
  lines.forEach((line, at) => {
    const tag = attributes(line.slice(line.indexOf(':') + 1));
    const resolve = (address) => new URL(address, base).href;
    if (line.startsWith('#EXT-X-STREAM-INF:')) {
      playlist.variants.push({ ...tag, url: resolve(lines[at + 1]) });
    } else if (line.startsWith('#EXT-X-MEDIA:')) {
      playlist.media.push({ ...tag, url: tag.URI && resolve(tag.URI) });
    } else if (line.startsWith('#EXT-X-I-FRAME-STREAM-INF:')) {
      playlist.iframes.push({ ...tag, url: resolve(tag.URI) });
    }
  });
  return playlist;
}

/** A media playlist as {target, ended, type, map, segments: [{url, seconds, range}]}. */
export function parseMedia(text, base) {
  const playlist = { segments: [], ended: false };
  let seconds;
  let range;
  for (const line of text.split('\n').map((one) => one.trim())) {
    const value = line.slice(line.indexOf(':') + 1);
    if (line.startsWith('#EXT-X-TARGETDURATION:')) playlist.target = Number(value);
    else if (line.startsWith('#EXT-X-PLAYLIST-TYPE:')) playlist.type = value;
    else if (line === '#EXT-X-ENDLIST') playlist.ended = true;
    else if (line.startsWith('#EXT-X-MAP:')) {
      playlist.map = new URL(attributes(value).URI, base).href;
    }
    else if (line.startsWith('#EXTINF:')) seconds = parseFloat(value);
    else if (line.startsWith('#EXT-X-BYTERANGE:')) range = value;
    else if (line !== '' && !line.startsWith('#')) {
      playlist.segments.push({ url: new URL(line, base).href, seconds, range });
      range = undefined;
    }
  }
  return playlist;
}

export const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
