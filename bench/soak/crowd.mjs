// Viewers and others of bench/soak/soak.mjs: each does one kind of thing, again and again.
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { randomBytes } from 'node:crypto';

/** How often each kind of thing was done, and how often it failed although it should not have. */
export const tally = {};
const count = (what) => { tally[what] = (tally[what] ?? 0) + 1; };

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const upTo = (n) => Math.floor(Math.random() * n);
const kUploads = '/api/VideoStream/upload';

/** One request; yields status and size, after the whole body. */
function ask(client, settings) {
  return new Promise((resolve, reject) => {
    const request = client.request({ host: '127.0.0.1', rejectUnauthorized: false, ...settings }, (reply) => {
      let size = 0;
      reply.on('data', (bytes) => { size += bytes.length; });
      reply.once('end', () => resolve({ status: reply.statusCode, size, headers: reply.headers }));
      reply.once('error', reject);
    });
    request.setTimeout(60_000, () => request.destroy(new Error('too late')));
    request.once('error', reject);
    request.end(settings.body);
  });
}

async function expectStatus(what, status, client, settings) {
  const reply = await ask(client, settings);
  count(reply.status === status ? what : `${what}: ${reply.status}`);
  return reply;
}

/** A socket that is written to and left after `ms` or when the server ends it. */
function visit(socket, bytes, ms) {
  return new Promise((resolve) => {
    const leave = setTimeout(() => socket.destroy(), ms);
    socket.on('error', () => {});
    socket.once('close', () => { clearTimeout(leave); resolve(); });
    socket.once('connect', () => socket.write(bytes));
  });
}

function kinds({ clear, tls: secure }) {
  const kept = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const keptSecure = new https.Agent({ keepAlive: true, maxSockets: 32 });
  const range = () => { const first = upTo(49_000_000); return `bytes=${first}-${first + 65535}`; };
  const connect = () => net.connect(clear, '127.0.0.1');
  return {
    playlist: [8, () => expectStatus('playlist', 200, http, { port: clear, agent: kept, path: '/files/list.m3u8' })],
    part: [4, () => expectStatus('part', 200, http, { port: clear, agent: kept, path: '/files/part.m4s' })],
    segment: [2, () => expectStatus('segment', 200, http, { port: clear, agent: kept, path: '/files/segment.m4s' })],
    range: [4, () => expectStatus('range', 206, http, { port: clear, agent: kept, path: '/files/film.mp4', headers: { Range: range() } })],
    fresh: [4, () => expectStatus('fresh connection', 200, http, { port: clear, agent: false, path: '/files/list.m3u8' })],
    absent: [1, () => expectStatus('absent', 404, http, { port: clear, agent: kept, path: `/files/${upTo(1e6)}.m4s` })],
    tls: [4, () => expectStatus('tls', 200, https, { port: secure, agent: keptSecure, path: upTo(8) ? '/files/list.m3u8' : '/files/segment.m4s' })],
    handshake: [2, () => expectStatus('handshake', 200, https, { port: secure, agent: false, path: '/files/list.m3u8' })],
    slow: [4, () => readSlowly(connect())],
    leaving: [4, async () => {
      await visit(connect(), 'GET /files/segment.m4s HTTP/1.1\r\nHost: x\r\n\r\n', upTo(30));
      count('left early');
    }],
    garbage: [2, async () => {
      await visit(connect(), randomBytes(1 + upTo(3000)), 2000);
      await visit(tls.connect({ port: secure, host: '127.0.0.1', rejectUnauthorized: false }), randomBytes(100), 200);
      await visit(net.connect(secure, '127.0.0.1'), randomBytes(1 + upTo(300)), 500);
      count('garbage');
    }],
    half: [2, async () => {
      const head = 'GET /files/list.m3u8 HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n';
      await visit(connect(), head.slice(0, 1 + upTo(head.length - 2)), 5000);
      count('half a head');
    }],
    silent: [2, async () => { await visit(connect(), '', 1000 + upTo(8000)); count('silent'); }],
    tus: [2, () => uploadGarbage(clear)],
    put: [1, async () => {
      const socket = connect();
      await visit(socket, Buffer.concat([Buffer.from(`PUT ${kUploads}/x.mp4 HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n`), randomBytes(upTo(400_000))]), 50 + upTo(500));
      count('broken PUT');
    }],
    h2: [2, () => talkHttp2(`https://127.0.0.1:${secure}`)],
    h2c: [1, () => talkHttp2(`http://127.0.0.1:${clear}`)],
  };
}

/** Takes 2 MB in sips, and leaves in the middle now and then; some stop, and are cut off. */
async function readSlowly(socket) {
  const stops = upTo(6) === 0;
  const leaves = upTo(3) === 0;
  const done = visit(socket, 'GET /files/segment.m4s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 25_000);
  let size = 0;
  socket.on('data', (bytes) => {
    size += bytes.length;
    if (leaves && size > 600_000) return socket.destroy();
    socket.pause();
    if (!stops || size < 300_000) setTimeout(() => socket.resume(), 10 + upTo(60));
    return undefined;
  });
  await done;
  count(stops ? 'stopped reading' : 'read slowly');
}

/** A resumable upload of bytes that are no video, given up by its client. */
async function uploadGarbage(port) {
  const tus = { 'Tus-Resumable': '1.0.0' };
  const size = 50_000 + upTo(500_000);
  const made = await expectStatus('tus begin', 201, http, { port, method: 'POST', path: kUploads, agent: false, headers: { ...tus, 'Upload-Length': 2 * size, 'Content-Length': 0 } });
  const path = new URL(made.headers.location ?? '/', `http://127.0.0.1:${port}`).pathname;
  await expectStatus('tus patch', 204, http, { port, method: 'PATCH', path, agent: false, body: randomBytes(size), headers: { ...tus, 'Upload-Offset': 0, 'Content-Length': size, 'Content-Type': 'application/offset+octet-stream' } });
  await expectStatus('tus delete', 204, http, { port, method: 'DELETE', path, agent: false, headers: tus });
}

/** A connection of streams, some of which are reset by the client. */
function talkHttp2(address) {
  return new Promise((resolve) => {
    const session = http2.connect(address, { rejectUnauthorized: false });
    session.on('error', () => {});
    session.once('close', () => { count(`h2 ${address.split(':')[0]}`); resolve(); });
    let left = 20;
    const settle = () => { left -= 1; if (left === 0) session.close(); };
    const leave = setTimeout(() => session.destroy(), 20_000);
    session.once('close', () => clearTimeout(leave));
    for (let i = 0; i < 20; i += 1) {
      const stream = session.request({ ':path': ['/files/list.m3u8', '/files/part.m4s', '/files/segment.m4s'][upTo(3)] });
      stream.on('error', () => {});
      stream.once('close', settle);
      stream.on('data', () => { if (upTo(200) === 0) stream.close(http2.constants.NGHTTP2_CANCEL); });
    }
  });
}

/** Goes on while `goesOn()` says so; done when everybody has left. */
export async function crowd(server, goesOn) {
  const everybody = [];
  for (const [name, [howMany, act]] of Object.entries(kinds(server))) {
    for (let i = 0; i < howMany; i += 1) {
      everybody.push((async () => {
        while (goesOn()) {
          try {
            await act();
          } catch (error) {
            count(`${name} failed: ${error.code ?? error.message}`);
          }
          await sleep(upTo(20));
        }
      })());
    }
  }
  await Promise.all(everybody);
}
