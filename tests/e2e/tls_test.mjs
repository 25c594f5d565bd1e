// Real clients over TLS: curl and openssl s_client, both versions, resumption, key updates, and
// certificates that change under an open connection.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as tls from 'node:tls';
import { once } from 'node:events';

import { Millrace, selfSigned, temporaryFolder } from './millrace.mjs';

/** Runs a program with `input` on its standard input, open until `until` has been printed. */
async function talk(program, args, input, until) {
  const child = spawn(program, args, { stdio: 'pipe' });
  let printed = '';
  const seen = new Promise((resolve) => {
    const add = (text) => {
      printed += text;
      if (until.test(printed)) resolve();
    };
    child.stdout.setEncoding('latin1').on('data', add);
    child.stderr.setEncoding('latin1').on('data', add);
    child.on('exit', resolve);
  });
  for (const piece of input) child.stdin.write(piece);
  await seen;
  child.kill();
  return printed;
}

describe('over TLS', { concurrency: false }, () => {
  const folder = temporaryFolder();
  const film = crypto.randomBytes(3_000_000);
  let server;
  let files;
  let address;

  before(async () => {
    files = selfSigned(folder);
    fs.mkdirSync(path.join(folder, 'files'));
    fs.writeFileSync(path.join(folder, 'files', 'film.mp4'), film);
    server = await Millrace.start({
      folder,
      settings: {
        files: { folder: path.join(folder, 'files') },
        tls: { listen: ['127.0.0.1:0'], certificate: [files] },
      },
    });
    address = new URL(server.secureUrl).host;
  });
  after(() => server?.stopAndRemove());

  const curl = (...args) => {
    const done = spawnSync('curl', ['-sS', '--cacert', files.certificate, ...args],
                           { maxBuffer: 1 << 30 });
    assert.equal(done.status, 0, String(done.stderr));
    return done.stdout;
  };

  for (const version of ['1.2', '1.3']) {
    test(`curl gets a file whole and in part over TLS ${version}`, () => {
      const url = `${server.secureUrl}/files/film.mp4`;
      const only = [`--tlsv${version}`, '--tls-max', version];
      assert.ok(curl(...only, url).equals(film));
      assert.ok(curl(...only, '-r', '1000000-1999999', url).equals(film.subarray(1e6, 2e6)));
    });
  }

  for (const suite of ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384',
                       'TLS_CHACHA20_POLY1305_SHA256']) {
    test(`curl gets a file with ${suite}`, () => {
      assert.ok(curl('--tls13-ciphers', suite, '--tlsv1.3', `${server.secureUrl}/files/film.mp4`)
        .equals(film));
    });
  }

  for (const version of ['-tls1_2', '-tls1_3']) {
    test(`s_client ${version} resumes its session`, async () => {
      const session = path.join(folder, `session${version}`);
      const request = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
      const common = ['s_client', '-connect', address, version, '-servername', 'localhost'];
      const first = await talk('openssl', [...common, '-sess_out', session], [request],
                               /HTTP\/1\.1 [^]*\r\n\r\n/);
      assert.match(first, /New, TLSv1/);
      assert.ok(fs.existsSync(session), first);
      const again = await talk('openssl', [...common, '-sess_in', session], [request],
                               /HTTP\/1\.1 [^]*\r\n\r\n/);
      assert.match(again, /Reused, TLSv1/);
    });
  }

  test('s_client asks for a new key and goes on', async () => {
    const child = spawn('openssl', ['s_client', '-connect', address, '-tls1_3'], { stdio: 'pipe' });
    let printed = '';
    child.stdout.setEncoding('latin1').on('data', (text) => { printed += text; });
    child.stderr.setEncoding('latin1').on('data', (text) => { printed += text; });
    const until = async (what) => {
      while (!what.test(printed)) {
        await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
      }
      printed = '';
    };
    await until(/read R BLOCK|Verify return code/);
    for (let i = 0; i < 3; ++i) {
      child.stdin.write('K\n');
      await until(/KEYUPDATE/);
      child.stdin.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
      await until(/HTTP\/1\.1 200/);
    }
    child.kill();
  });

  test('an old version and plain HTTP are told so', () => {
    const old = spawnSync('openssl', ['s_client', '-connect', address, '-tls1_1', '-cipher',
                                      'DEFAULT@SECLEVEL=0'], { input: '' });
    assert.notEqual(old.status, 0);
    const plain = spawnSync('curl', ['-sS', '-i', `http://${address}/healthz`]);
    assert.match(String(plain.stdout), /400 Bad Request[^]*wants HTTPS/);
  });

  test('SIGHUP brings renewed certificates and leaves open connections alone', async () => {
    const open = tls.connect({ port: Number(address.split(':')[1]), host: '127.0.0.1',
                               rejectUnauthorized: false });
    await once(open, 'secureConnect');
    const before_ = open.getPeerX509Certificate().fingerprint256;
    const made = selfSigned(folder);
    assert.equal(made.certificate, files.certificate);
    server.child.kill('SIGHUP');
    const fingerprint = async () => {
      const probe = tls.connect({ port: Number(address.split(':')[1]), host: '127.0.0.1',
                                  rejectUnauthorized: false });
      await once(probe, 'secureConnect');
      const print = probe.getPeerX509Certificate().fingerprint256;
      probe.destroy();
      return print;
    };
    const late = Date.now() + 20_000;
    while (await fingerprint() === before_) assert.ok(Date.now() < late, 'still the old one');
    open.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    const [reply] = await once(open, 'data');
    assert.match(String(reply), /^HTTP\/1\.1 200/);
    open.destroy();
    fs.writeFileSync(files.key, 'damaged');
    server.child.kill('SIGHUP');
    while (!server.log.includes('tls.certificates_refused')) {
      assert.ok(Date.now() < late, 'nothing was said about it');
      await fingerprint();
    }
  });
});
