// Headless Chromium, as Debian packages it, driven by playwright-core from build/npm/e2e.
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

export async function openBrowser() {
  const { chromium } = createRequire(path.join(root, 'build/npm/e2e/'))('playwright-core');
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Root has no user namespace to sandbox in; the pages are our own.
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--mute-audio',
           '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

/**
 * Plays every level of a multivariant playlist through hls.js to its end, four times as fast as
 * real time. Returns [{height, width, seconds, frames, dropped, errors}] in the order of levels.
 */
export async function playLevels(browser, serverUrl, manifestUrl, { rate = 4 } = {}) {
  const page = await browser.newPage();
  try {
    await page.goto(`${serverUrl}/healthz`);  // An empty document of the same origin.
    const play = async (level) => page.evaluate(playOneLevel, { manifestUrl, level, rate });
    const first = await play(0);
    const results = [first];
    for (let level = 1; level < first.levels; level++) results.push(await play(level));
    return results;
  } finally {
    await page.close();
  }
}

/** Runs in the page. */
async function playOneLevel({ manifestUrl, level, rate }) {
  const { default: Hls } = await import('/assets/vendor/hls.mjs');
  const video = document.createElement('video');
  video.muted = true;
  document.body.replaceChildren(video);
  const hls = new Hls({ startLevel: level, maxBufferLength: 60 });
  const errors = [];
  const result = await new Promise((resolve) => {
    const late = setTimeout(() => { errors.push('did not end in time'); resolve(); }, 120_000);
    const end = () => { clearTimeout(late); resolve(); };
    hls.on(Hls.Events.ERROR, (_, error) => {
      if (error.details === 'bufferStalledError' && !error.fatal) return;
      errors.push(`${error.details}: ${error.error?.message ?? error.reason ?? ''}`);
      if (error.fatal) end();
    });
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      hls.loadLevel = level;
      hls.currentLevel = level;
      video.playbackRate = rate;
      video.play().catch((error) => { errors.push(error.message); end(); });
    });
    video.addEventListener('error', () => { errors.push(video.error.message); end(); });
    video.addEventListener('ended', end);
    hls.attachMedia(video);
    hls.loadSource(manifestUrl);
  }).then(() => {
    const quality = video.getVideoPlaybackQuality();
    return {
      levels: hls.levels.length, width: video.videoWidth, height: video.videoHeight,
      seconds: video.currentTime, frames: quality.totalVideoFrames,
      dropped: quality.droppedVideoFrames, errors,
    };
  });
  hls.destroy();
  return result;
}
