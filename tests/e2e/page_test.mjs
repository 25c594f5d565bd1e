// The page in a real browser: every player*.mjs here, against one server with one real video.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { openBrowser, playLevels } from './browser.mjs';
import { makeVideo } from './client.mjs';
import { Millrace, clip } from './millrace.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const server = await Millrace.start();
after(() => server.stopAndRemove());
const made = await makeVideo(server, clip('hello.mp4'));
process.env.BASE_URL = server.url;
process.env.VIDEO_ID = made.id;
process.env.CLIP = clip('small.mp4');

const files = fs.readdirSync(here).filter((name) => /^player.*\.mjs$/.test(name)).sort();
for (const file of files) await import(path.join(here, file));

test('every level plays to its end in Chromium', async () => {
  const browser = await openBrowser();
  try {
    const levels = await playLevels(browser, server.url, made.manifestUrl);
    assert.deepEqual(levels.map((one) => one.height).sort(), [240, 360, 480, 720]);
    for (const one of levels) {
      assert.deepEqual(one.errors, [], `${one.height}p`);
      assert.ok(Math.abs(one.seconds - made.durationSeconds) < 0.2, `${one.height}p`);
    }
  } finally {
    await browser.close();
  }
});
