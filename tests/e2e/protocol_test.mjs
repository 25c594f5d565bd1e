// Programs that were made to test other servers: varnishtest drives raw HTTP (tests/vtc),
// slowhttptest holds heads and bodies back, ab and wrk load the server meanwhile.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { get } from './client.mjs';
import { Millrace, temporaryFolder } from './millrace.mjs';

const run = promisify(execFile);
const scripts = path.join(path.dirname(fileURLToPath(import.meta.url)), '../vtc');
const asset = '/assets/vendor/hls.LICENSE.txt';

describe('on the wire', { concurrency: false }, () => {
  let server;
  let macros;

  before(async () => {
    server = await Millrace.start({ settings: { http: { connections_per_address_max: 10_000 } } });
    const whole = await get(server, asset);
    assert.equal(whole.status, 200);
    const bytes = Buffer.byteLength(whole.text);
    // With the rest of its head, 63 of the one and the other are 16 KiB.
    macros = {
      server: new URL(server.url).host.replace(':', ' '),
      asset,
      asset_size: String(bytes),
      p256: 'p'.repeat(256),
      p213: 'p'.repeat(213),
    };
  });
  after(() => server?.stopAndRemove());

  for (const script of fs.readdirSync(scripts).filter((name) => name.endsWith('.vtc'))) {
    test(`varnishtest ${script}`, async () => {
      const folder = temporaryFolder();
      const defined = Object.entries(macros).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
      try {
        await run('varnishtest', ['-t', '60', ...defined, path.join(scripts, script)],
                  { env: { ...process.env, TMPDIR: folder } });
      } catch (error) {
        const told = `${error.stdout}${error.stderr}`.split('\n');
        assert.fail(told.filter((line) => /^----|expect|FAIL|Assert/.test(line)).join('\n'));
      } finally {
        fs.rmSync(folder, { recursive: true, force: true });
      }
    });
  }

  test('viewers are served while others hold their heads back', async () => {
    const slow = run('slowhttptest', ['-H', '-c', '1000', '-r', '1000', '-i', '2', '-l', '8', '-x',
                                      '24', '-p', '3', '-u', `${server.url}/healthz`]);
    const answered = [];
    let attacked = true;
    slow.finally(() => { attacked = false; }).catch(() => {});
    while (attacked) {
      const reply = await get(server, asset);
      answered.push(reply.status);
    }
    const { stdout } = await slow;
    assert.match(stdout, /SLOW HEADERS/i);
    assert.ok(answered.length > 100, `${answered.length} answers in 8 s`);
    assert.ok(answered.every((status) => status === 200));
  });

  test('ab and wrk find no failure', async () => {
    const ab = await run('ab', ['-q', '-k', '-n', '2000', '-c', '20', `${server.url}${asset}`]);
    assert.match(ab.stdout, /Failed requests: +0/);
    assert.match(ab.stdout, /Keep-Alive requests: +2000/);
    const closing = await run('ab', ['-q', '-n', '500', '-c', '20', `${server.url}${asset}`]);
    assert.match(closing.stdout, /Failed requests: +0/);
    const wrk = await run('wrk', ['-t1', '-c50', '-d1', `${server.url}${asset}`]);
    assert.doesNotMatch(wrk.stdout, /Non-2xx|Socket errors/);
  });
});
