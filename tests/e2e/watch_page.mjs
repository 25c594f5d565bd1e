// The page as a viewer has it open, and what Chromium's media pipeline says about it.
import { openBrowser } from './browser.mjs';

export const base = process.env.BASE_URL?.replace(/\/$/, '');
export const videoId = process.env.VIDEO_ID;

/**
 * Opens `path` and gives the page to `use(page)`, with `page.complaints`: whatever the scripts
 * threw, the Content-Security-Policy refused or the decoder could not read.
 */
export async function withPage(path, use, { origin = base, ...options } = {}) {
  const browser = await openBrowser();
  try {
    const viewport = { width: 1280, height: 800 };
    const context = await browser.newContext({ viewport, ...options });
    const page = await context.newPage();
    page.complaints = [];
    page.on('pageerror', (error) => page.complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content.Security.Policy/i.test(message.text())) page.complaints.push(message.text());
    });
    const session = await context.newCDPSession(page);
    await session.send('Media.enable');
    session.on('Media.playerErrorsRaised', ({ errors }) => {
      page.complaints.push(...errors.map((error) => `media: ${JSON.stringify(error)}`));
    });
    page.session = session;
    await page.goto(origin + path);
    return await use(page);
  } finally {
    await browser.close();
  }
}

/** What the video element is doing. */
export const state = (page) => page.evaluate(() => {
  const video = document.querySelector('video');
  const { currentTime, duration, paused, ended, muted, volume, playbackRate } = video;
  return {
    currentTime, duration, paused, ended, muted, volume, playbackRate,
    height: video.videoHeight, error: video.error?.message ?? null,
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
  };
});

/** Waits until `enough(state)`; fails with what the video did instead. */
export async function until(page, what, enough, seconds = 30) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const now = await state(page);
    if (enough(now)) return now;
    if (Date.now() > deadline) {
      throw new Error(`${what}: not within ${seconds} s, ${JSON.stringify(now)}`);
    }
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

export async function playing(page, seconds = 30) {
  await page.waitForSelector('video', { timeout: seconds * 1000 });
  return until(page, 'plays', (now) => now.currentTime > 0.3 && now.frames > 3, seconds);
}

export async function chooseQuality(page, name) {
  await page.mouse.move(400, 300);
  await page.click('.player-quality');
  await page.getByRole('menuitemradio', { name }).click();
}
