// The quality that follows the network.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { playing, until, videoId, withPage } from './watch_page.mjs';

function limit(page, kilobytesPerSecond) {
  return page.session.send('Network.emulateNetworkConditions', {
    offline: false, latency: 5, uploadThroughput: -1,
    downloadThroughput: kilobytesPerSecond * 1000,
  });
}

test('the quality falls by itself when the network gets slow', () => withPage('/', async (page) => {
  // Short segments: a clip of a few seconds has enough of them to choose for.
  await page.route(/\.m3u8$/, (route) => (
    route.continue({ url: `${route.request().url()}?segment=2` })));
  await page.session.send('Network.enable');
  await limit(page, 450);
  await page.evaluate((id) => {
    document.body.append(Object.assign(document.createElement('a'),
                                       { href: `/watch/${id}`, id: 'go' }));
    document.getElementById('go').click();
  }, videoId);
  const { height } = await playing(page);
  await limit(page, 60);
  const low = await until(page, 'falls', (now) => now.height > 0 && now.height < height, 60);
  assert.ok(low.height < height);
  assert.deepEqual(page.complaints, []);
}));
