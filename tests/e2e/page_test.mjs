// The page in a real browser: every player*.mjs here, against one server with one real video.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { makeVideo } from './client.mjs';
import { Millrace, clip } from './millrace.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const server = await Millrace.start();
after(() => server.stopAndRemove());
const made = await makeVideo(server, clip('hello.mp4'));
process.env.BASE_URL = server.url;
process.env.VIDEO_ID = made.id;
process.env.CLIP = clip('small.mp4');

for (const file of fs.readdirSync(here).filter((name) => /^player.*\.mjs$/.test(name)).sort()) {
  await import(path.join(here, file));
}
test('the page tests were found', () => {});
