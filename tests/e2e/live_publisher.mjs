// An encoder that publishes a test card, and what a browser can read off it: when it was drawn.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

// The time of day in steps of 10 ms, as squares in the upper left corner, white for 1: a reflected
// binary code, so that a step between the drawing of two squares costs a step and not more.
const clockBits = 12;
const clockStepMs = 10;
const clockSide = 24;

function clockFilter() {
  const boxes = [`drawbox=x=0:y=0:w=${clockBits * clockSide}:h=${clockSide}:color=black:t=fill`];
  for (let bit = 0; bit < clockBits; bit++) {
    const steps = `time(0)*${1000 / clockStepMs}`;
    const isTop = bit === clockBits - 1;
    const value = isTop ? `${steps}/${2 ** bit}` : `(${steps}+${2 ** bit})/${2 ** (bit + 1)}`;
    boxes.push(`drawbox=x=${bit * clockSide}:y=0:w=${clockSide}:h=${clockSide}:color=white:t=fill:` +
               `enable='mod(floor(${value}),2)'`);
  }
  return boxes.join(',');
}

/** A picture with a clock and a tone, in real time, without an end. */
function testCard({ size, rate }) {
  return ['-re', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}`,
          '-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000',
          '-vf', clockFilter()];
}

function encoded({ rate, keySeconds }) {
  const group = String(rate * keySeconds);
  return ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', group,
          '-keyint_min', group, '-sc_threshold', '0', '-pix_fmt', 'yuv420p', '-b:v', '800k',
          '-c:a', 'aac', '-b:a', '96k'];
}

/** A program that publishes until it is ended. */
export class Publisher {
  constructor(command, args) {
    this.child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
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

/** ffmpeg with the words `target` behind a test card, such as '-f', 'flv', 'rtmp://…'. */
export function ffmpegPublisher(target, { size = '640x360', rate = 30, keySeconds = 2 } = {}) {
  return new Publisher('ffmpeg', [
    '-nostdin', '-hide_banner', '-loglevel', 'error', ...testCard({ size, rate }),
    ...encoded({ rate, keySeconds }), ...target]);
}

/** GStreamer's own RTMP client with the encoders of its free plugins. */
export function gstreamerPublisher(address) {
  return new Publisher('gst-launch-1.0', [
    '-q', '-e', 'flvmux', 'name=mux', 'streamable=true', '!', 'rtmp2sink', `location=${address}`,
    'videotestsrc', 'is-live=true', 'pattern=ball', '!',
    'video/x-raw,width=640,height=360,framerate=30/1', '!',
    'openh264enc', 'gop-size=60', 'bitrate=800000', '!', 'h264parse', '!', 'queue', '!', 'mux.',
    'audiotestsrc', 'is-live=true', '!', 'audio/x-raw,rate=48000,channels=2', '!', 'voaacenc', '!',
    'aacparse', '!', 'queue', '!', 'mux.']);
}

/**
 * Reads the clock off the pictures that the page's video shows from now on. Then
 * `window.glass` in the page is what was seen, {latencies, stalls, rates}.
 */
export async function watchGlass(page) {
  await page.evaluate(({ bits, stepMs, side }) => {
    const video = document.querySelector('video');
    const canvas = new OffscreenCanvas(bits * side, side);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const start = Date.now();
    const glass = { latencies: [], stalls: [], rates: new Set() };
    window.glass = glass;
    const read = () => {
      context.drawImage(video, 0, 0, canvas.width, side, 0, 0, canvas.width, side);
      const { data } = context.getImageData(0, side / 2, canvas.width, 1);
      let value = 0;
      for (let bit = bits - 1; bit >= 0; bit--) {
        const white = data[4 * (bit * side + side / 2)] > 127 ? 1 : 0;
        value = value * 2 + (white ^ (value & 1));
      }
      const cycle = 2 ** bits * stepMs;
      return ((Date.now() - value * stepMs) % cycle + cycle) % cycle;
    };
    let last = 0;
    const look = (now) => {
      if (now - last > 200) {
        last = now;
        glass.latencies.push(read());
        glass.rates.add(video.playbackRate);
      }
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    video.addEventListener('waiting', () => {
      if (!video.seeking) glass.stalls.push(Math.round((Date.now() - start) / 1000));
    });
  }, { bits: clockBits, stepMs: clockStepMs, side: clockSide });
}

/** What was seen since `watchGlass`: latency in ms by share of the looks, and when, in seconds, the
 *  picture stood. */
export async function glassReport(page) {
  const { latencies, stalls, rates } = await page.evaluate(() => ({
    latencies: window.glass.latencies, stalls: window.glass.stalls, rates: [...window.glass.rates],
  }));
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { looks: sorted.length, p5: at(0.05), median: at(0.5), p95: at(0.95), max: sorted.at(-1),
           stalls, rates };
}
