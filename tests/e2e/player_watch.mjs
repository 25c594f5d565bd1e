// The player page: from start to end, seeking, qualities by hand, storyboard, keyboard.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { base, chooseQuality, playing, state, until, videoId, withPage } from './watch_page.mjs';

const watch = `/watch/${videoId}`;

test('the page plays to its end without a decode error', () => withPage(watch, async (page) => {
  await playing(page);
  await page.keyboard.type('>>>>');
  const end = await until(page, 'ends', (now) => now.ended, 120);
  assert.ok(Math.abs(end.currentTime - end.duration) < 0.1, JSON.stringify(end));
  assert.ok(end.frames > end.duration * 10, `${end.frames} frames`);
  assert.deepEqual(page.complaints, []);
  assert.equal(await page.getAttribute('.player-row .control', 'aria-label'), 'Play again');
  await page.keyboard.press('k');
  await until(page, 'plays again', (now) => !now.ended && now.currentTime > 0.2);
}));

test('/?v=ID is the same page', () => withPage(`/?v=${videoId}`, playing));

test('the page says what it shows', () => withPage(watch, async (page) => {
  await playing(page);
  const video = await (await fetch(`${base}/api/VideoStream/videos/${videoId}`)).json();
  assert.equal(await page.textContent('h1'), video.title);
  assert.equal(await page.title(), `${video.title} – millrace`);
}));

test('the seek bar seeks by pointer and keys', () => withPage(watch, async (page) => {
  const { duration } = await playing(page);
  const bar = await page.locator('.seek-track').boundingBox();
  await page.mouse.click(bar.x + bar.width * 0.6, bar.y + bar.height / 2);
  const there = await until(page, 'seeks', (now) => now.currentTime > duration * 0.55);
  assert.ok(there.currentTime < duration * 0.6 + 2, `${there.currentTime}`);
  const { frames } = await state(page);
  await until(page, 'plays on', (now) => now.ended || now.frames > frames + 3);
  await page.focus('.seek');
  await page.keyboard.press('Home');
  await until(page, 'goes home', (now) => now.currentTime < 2);
  assert.match(await page.getAttribute('.seek', 'aria-valuetext'), /second/);
  assert.deepEqual(page.complaints, []);
}));

test('every quality can be chosen by hand', () => withPage(watch, async (page) => {
  await playing(page);
  await page.evaluate(() => { document.querySelector('video').loop = true; });
  const { formats } = await (await fetch(`${base}/api/VideoStream/videos/${videoId}`)).json();
  const h264 = formats.filter((one) => one.kind === 'video' && one.codecs.startsWith('avc1'));
  const sizes = [...new Set(h264.map((one) => Math.min(one.width, one.height)))];
  assert.ok(sizes.length >= 2, `${sizes}`);
  for (const size of [Math.min(...sizes), Math.max(...sizes)]) {
    await chooseQuality(page, new RegExp(`^${size}p`));
    const height = h264.find((one) => Math.min(one.width, one.height) === size).height;
    await until(page, `${size}p`, (now) => now.height === height, 40);
    assert.equal(await page.textContent('.player-quality'), `${size}p`);
  }
  await chooseQuality(page, /^Auto/);
  assert.deepEqual(page.complaints, []);
}));

test('the storyboard shows above the seek bar', () => withPage(watch, async (page) => {
  await playing(page);
  const bar = await page.locator('.seek-track').boundingBox();
  const look = async (share) => {
    await page.mouse.move(bar.x + bar.width * share, bar.y + 2);
    return page.locator('.seek-picture').evaluate((picture) => ({
      shown: picture.checkVisibility(), image: picture.style.backgroundImage,
      position: picture.style.backgroundPosition, width: picture.offsetWidth,
    }));
  };
  const early = await look(0.05);
  const late = await look(0.9);
  assert.ok(early.shown && early.width > 40, JSON.stringify(early));
  assert.match(early.image, /storyboard\.jpg/);
  assert.notEqual(early.position, late.position);
  assert.match(await page.textContent('.seek-time'), /^\d+:\d\d$/);
  const loaded = await page.evaluate((css) => new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(image.naturalWidth);
    image.onerror = () => resolve(0);
    image.src = css.slice(5, -2);
  }), early.image);
  assert.ok(loaded > 0, 'the sprite sheet does not load');
  await page.mouse.move(300, 200);
  assert.equal(await page.isVisible('.seek-preview'), false);
}));

test('the keyboard does what the help says', () => withPage(watch, async (page) => {
  const { duration } = await playing(page);
  const press = (key) => page.keyboard.press(key);
  await press('Space');
  await until(page, 'space pauses', (now) => now.paused);
  await press('5');
  await until(page, '5 goes to the middle',
              (now) => Math.abs(now.currentTime - duration / 2) < 0.3);
  await press('ArrowLeft');
  const back = Math.max(0, duration / 2 - 5);
  await until(page, '← goes 5 s back', (now) => Math.abs(now.currentTime - back) < 0.3);
  await press('0');
  await until(page, '0 goes to the start', (now) => now.currentTime < 0.1);
  await press('l');
  await until(page, 'l goes 10 s on', (now) => now.currentTime > Math.min(9.5, duration - 0.3));
  await press('j');
  await until(page, 'j goes 10 s back', (now) => now.currentTime < Math.max(0.3, duration - 9.5));
  await press('m');
  assert.equal((await state(page)).muted, true);
  await press('m');
  assert.equal((await state(page)).muted, false);
  const { volume } = await state(page);
  await press('ArrowDown');
  assert.ok((await state(page)).volume < volume);
  await press('Shift+>');
  assert.equal((await state(page)).playbackRate, 1.25);
  await press('Shift+<');
  assert.equal((await state(page)).playbackRate, 1);
  await press('f');
  await page.waitForFunction(() => document.fullscreenElement?.className.includes('player'));
  await press('f');
  await page.waitForFunction(() => !document.fullscreenElement);
  await press('c');
  assert.match(await page.textContent('.player-flash'), /captions/i);
  await press('?');
  await page.waitForSelector('dialog.help[open]');
  await press('Escape');
  assert.equal(await page.isVisible('dialog.help'), false);
  await press('k');
  await until(page, 'k plays', (now) => !now.paused);
}));

test('Tab reaches every control, each with a name', () => withPage(watch, async (page) => {
  await playing(page);
  await page.keyboard.press('k');
  await page.waitForFunction(() => document.querySelector('video').paused);
  const nameless = await page.evaluate(() => [...document.querySelectorAll(
    'button, a, input, [role=slider]')].filter((one) => one.checkVisibility() &&
      !(one.ariaLabel || one.labels?.length || one.textContent.trim()))
    .map((one) => one.outerHTML));
  assert.deepEqual(nameless, []);
  const reached = new Set();
  await page.focus('.seek');
  for (let i = 0; i < 12; i++) {
    reached.add(await page.evaluate(() => document.activeElement.ariaLabel ?? ''));
    await page.keyboard.press('Tab');
  }
  for (const name of [/^Seek/, /^Play/, /^Mute/, /^Volume/, /^Speed/, /^Quality/, /^Full screen/]) {
    assert.ok([...reached].some((one) => name.test(one)), `${name} in ${[...reached]}`);
  }
}));

test('the statistics chart quality, buffer, throughput and dropped frames', () => withPage(
  watch, async (page) => {
    await playing(page);
    await page.keyboard.press('s');
    await page.waitForFunction(() => document.querySelectorAll('.stat canvas').length === 4);
    await page.waitForFunction(() => (
      /^\d+p$/.test(document.querySelector('.stat-value').textContent)));
    const names = await page.locator('.stat figcaption > span:first-child').allTextContents();
    assert.deepEqual(names, ['Quality', 'Buffer', 'Throughput', 'Dropped frames']);
    await page.keyboard.press('s');
    assert.equal(await page.isVisible('.stats'), false);
    assert.deepEqual(page.complaints, []);
  }));

for (const [what, addresses] of [['segments', /\.m4s/], ['playlists', /\d+p\.m3u8/],
                                 ['everything', /\/manifest\//]]) {
  test(`playback goes on after ${what} could not be had`, () => withPage('/', async (page) => {
    await page.route(addresses, (route) => route.abort('connectionrefused'));
    await page.goto(base + watch);
    await page.waitForSelector('.player-message:has-text("connection was lost")');
    await page.unroute(addresses);
    await playing(page);
    assert.equal(await page.isVisible('.player-message'), false);
  }));
}

test('an address without a video says so', () => withPage('/watch/AAAAAAAAAAA', async (page) => {
  await page.waitForSelector('text=There is no video at this address');
}));

test('a server built without npm says what is missing', () => withPage('/upload', async (page) => {
  await page.route('**/assets/vendor/**', (route) => route.fulfill({ status: 404 }));
  // Chromium's own HLS would play instead.
  await page.addInitScript(() => { HTMLMediaElement.prototype.canPlayType = () => ''; });
  await page.goto(base + watch);
  await page.waitForSelector('text=The player bundle is missing');
}));

test('the library finds a video by its title', () => withPage('/', async (page) => {
  const { title } = await (await fetch(`${base}/api/VideoStream/videos/${videoId}`)).json();
  await page.getByRole('searchbox').fill(title);
  await page.waitForFunction((text) => new URL(location.href).searchParams.get('search') === text,
                             title);
  await page.locator(`.card[href="/watch/${videoId}"]`).first().click();
  await playing(page);
  await page.goBack();
  await page.waitForSelector('.card');
}));
