// The same pages at a phone's width, by finger.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { playing, until, videoId, withPage } from './watch_page.mjs';

const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

async function fits(page) {
  const wide = await page.evaluate(() => [...document.querySelectorAll('body *')]
    .filter((one) => one.checkVisibility() && !one.closest('.race, .skip, .visually-hidden'))
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .map((one) => one.className || one.tagName));
  assert.deepEqual(wide, []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
}

test('the pages fit 360 pixels', async () => {
  for (const path of ['/', '/upload', `/watch/${videoId}`]) {
    await withPage(path, async (page) => {
      await page.waitForSelector(path === '/' ? '.card' : path === '/upload' ? '.drop' : '.player');
      await fits(page);
    }, phone);
  }
});

test('a finger shows the controls, opens the menu and chooses', () => withPage(
  `/watch/${videoId}`, async (page) => {
    await playing(page);
    await page.evaluate(() => { document.querySelector('video').loop = true; });
    await page.waitForSelector('.player-idle', { timeout: 10_000 });
    await page.tap('.player-video');
    await page.waitForSelector('.player:not(.player-idle)');
    await page.tap('.player-quality');
    const small = page.getByRole('menuitemradio').last();
    const box = await small.boundingBox();
    assert.ok(box.height >= 40 && box.x >= 0 && box.x + box.width <= 360, JSON.stringify(box));
    const name = await small.locator('span').first().textContent();
    await small.tap();
    await until(page, name, (now) => `${now.height}p` === name, 40);
    assert.deepEqual(page.complaints, []);
  }, phone));
