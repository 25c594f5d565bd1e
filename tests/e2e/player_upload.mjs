// The upload page: a file arrives whole although the network does not behave.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';

import { CuttingProxy } from './cutting_proxy.mjs';
import { base, playing, withPage } from './watch_page.mjs';

const clip = process.env.CLIP;
const size = clip ? fs.statSync(clip).size : 0;
const half = Math.floor(size / 2);

/** The upload page behind a proxy; `offsets` are the Upload-Offset of each PATCH. */
async function withUploadPage(use) {
  const proxy = await CuttingProxy.start(base);
  try {
    await withPage('/upload', async (page) => {
      const offsets = [];
      page.on('request', (request) => {
        if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
      });
      page.on('dialog', (dialog) => dialog.accept());
      await use({ page, proxy, offsets });
      assert.deepEqual(page.complaints, []);
    }, { origin: proxy.url });
  } finally {
    proxy.stop();
  }
}

/** Follows the row until the video is ready and is what was sent. */
async function becomesAVideo(page) {
  const link = page.locator('.upload a.button-main');
  await link.waitFor({ timeout: 90_000 });
  const href = await link.getAttribute('href');
  await page.waitForSelector('.upload[data-state=ready]', { timeout: 120_000 });
  const id = href.split('/').pop();
  const video = await (await fetch(`${base}/api/VideoStream/videos/${id}`)).json();
  assert.equal(video.sizeBytes, size);
  assert.equal(video.state, 'ready');
}

const rowSays = (page, text) => page.waitForSelector(`.upload-text:has-text("${text}")`,
                                                     { timeout: 30_000 });

test('a chosen file is sent, encoded and can be watched from its row', () => withUploadPage(
  async ({ page }) => {
    await page.setInputFiles('#files', clip);
    await becomesAVideo(page);
    await page.click('.upload a.button-main');
    await playing(page);
  }));

test('an upload goes on by itself after its connection breaks', () => withUploadPage(
  async ({ page, proxy, offsets }) => {
    const spent = proxy.after(half);
    await page.setInputFiles('#files', clip);
    await spent;
    await proxy.release();
    proxy.cut();
    await becomesAVideo(page);
    assert.equal(offsets[0], 0);
    assert.ok(offsets.at(-1) > 0, `began again: ${offsets}`);
  }));

test('an upload waits for a server that restarts', () => withUploadPage(
  async ({ page, proxy, offsets }) => {
    const spent = proxy.after(half);
    await page.setInputFiles('#files', clip);
    await spent;
    await proxy.vanish();
    await rowSays(page, 'does not answer');
    await proxy.release();
    await becomesAVideo(page);
    assert.ok(offsets.at(-1) > 0, `began again: ${offsets}`);
  }));

test('an upload continues after the page was reloaded', () => withUploadPage(
  async ({ page, proxy, offsets }) => {
    const spent = proxy.after(half);
    await page.setInputFiles('#files', clip);
    await spent;
    await proxy.release();
    await page.reload();
    await page.waitForSelector('.unfinished .upload-name');
    assert.equal(await page.textContent('.unfinished .upload-name'), path.basename(clip));
    await page.setInputFiles('#files', clip);
    await becomesAVideo(page);
    assert.ok(offsets.at(-1) > 0, `began again: ${offsets}`);
    assert.equal(await page.isVisible('.unfinished'), false);
  }));

test('an upload can be paused and resumed', () => withUploadPage(
  async ({ page, proxy, offsets }) => {
    const spent = proxy.after(half);
    await page.setInputFiles('#files', clip);
    await spent;
    await page.getByRole('button', { name: 'Pause' }).click();
    await rowSays(page, 'Paused');
    await proxy.release();
    await page.getByRole('button', { name: 'Resume' }).click();
    await becomesAVideo(page);
    assert.ok(offsets.at(-1) > 0, `began again: ${offsets}`);
  }));

test('several files wait for each other; what is not a video says why', () => withUploadPage(
  async ({ page }) => {
    const text = { name: 'notes.mp4', mimeType: 'video/mp4',
                   buffer: Buffer.from('This is a text, whatever its name says.\n'.repeat(40)) };
    await page.setInputFiles('#files', { ...text, name: 'first.mp4' });
    await page.setInputFiles('#files', text);
    assert.equal(await page.locator('.upload').count(), 2);
    await page.waitForFunction(
      () => document.querySelectorAll('.upload[data-state=failed]').length === 2,
      null, { timeout: 60_000 });
    for (const said of await page.locator('.upload-text').allTextContents()) {
      assert.ok(said.length > 20, said);
    }
  }));
