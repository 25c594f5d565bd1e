// The live part of tools/demo: a stream that an encoder publishes, and how late it is seen.
import { openBrowser } from '../tests/e2e/browser.mjs';
import { ffmpegPublisher, glassReport, watchGlass } from '../tests/e2e/live_publisher.mjs';
import { run } from '../tests/e2e/media.mjs';

const looksWanted = 60;  // Some four a second.
const latencySecondsMax = 5;

/** A channel that the demo publishes, and one for whoever tries an encoder of his own. */
export const liveSettings = {
  rtmp_listen: ['127.0.0.1:0'], heights: [360], segment_duration: '2s', window: '2min',
  channel: [{ name: 'demo', key: 'demo-secret-key' }, { name: 'yours', key: 'your-secret-key' }],
};

async function streams(server) {
  return (await (await fetch(`${server.url}/api/VideoStream/live`)).json()).streams;
}

/** Publishes a test card. Yields its Publisher once it can be watched. */
export async function publishCard(server) {
  const publisher = ffmpegPublisher(['-f', 'flv', `${server.rtmpUrl}/live/demo-secret-key`],
                                    { size: '1280x720' });
  for (;;) {
    if ((await streams(server)).some(({ name, state }) => name === 'demo' && state === 'live')) {
      return publisher;
    }
    if (publisher.child.exitCode !== null) throw new Error(`ffmpeg ended: ${publisher.said}`);
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
}

const seconds = (ms) => (ms / 1000).toFixed(2);

/** Watches the page in Chromium; a line of what was seen, or it throws. */
export async function checkLatency(url) {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    await page.goto(`${url}/live/demo`);
    await page.waitForFunction(() => document.querySelector('video')?.currentTime > 1);
    // It catches up first.
    await page.waitForFunction(() => document.querySelector('video').playbackRate === 1);
    await watchGlass(page);
    await page.waitForFunction((count) => window.glass.latencies.length >= count, looksWanted,
                               { timeout: 120_000 });
    const seen = await glassReport(page);
    const text = `${seconds(seen.median)} s from the encoder to the glass ` +
      `(${seconds(seen.p5)} to ${seconds(seen.p95)} s), ${seen.stalls.length} stalls`;
    if (seen.median > latencySecondsMax * 1000) throw new Error(text);
    return text;
  } finally {
    await browser.close();
  }
}

/** Some seconds of the stream in ffmpeg; a line of what was seen, or it throws. */
export async function checkDecodes(server) {
  // ffmpeg reads no parts: before the first whole segments there is nothing for it.
  const list = `${server.url}/api/VideoStream/live/demo/source.m3u8`;
  while (((await (await fetch(list)).text()).match(/^#EXTINF:/gm) ?? []).length < 2) {
    await new Promise((resolve) => { setTimeout(resolve, 500); });
  }
  const { code, stderr } = await run('ffmpeg', [
    '-nostdin', '-v', 'error', '-xerror', '-t', '5', '-i',
    `${server.url}/api/VideoStream/live/demo.m3u8`, '-f', 'null', '-']);
  if (code !== 0 || stderr !== '') throw new Error(stderr || `ffmpeg: ${code}`);
  return '5 s without an error';
}
