// What a user of the API does: upload, wait, ask, delete.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const api = '/api/VideoStream';

/** One request; JSON is parsed whenever the type says so. */
export async function request(server, method, address, { body, headers = {} } = {}) {
  const reply = await fetch(server.url + address, {
    method, body, headers, redirect: 'manual', signal: AbortSignal.timeout(30_000),
  });
  const text = method === 'HEAD' ? '' : await reply.text();
  const json = /json/.test(reply.headers.get('content-type') ?? '') && text !== ''
    ? JSON.parse(text) : undefined;
  return { status: reply.status, headers: reply.headers, text, json };
}

export const get = (server, address, headers) => request(server, 'GET', address, { headers });

export async function video(server, id) {
  return (await get(server, `${api}/videos/${id}`)).json;
}

/** Plain PUT by curl, as a user would. Returns the status and the video's JSON. */
export async function put(server, file, { name = path.basename(file), query = '' } = {}) {
  const { stdout } = await execute('curl', [
    '-sS', '--max-time', '120', '-T', file, '-w', '\n%{http_code}',
    `${server.url}${api}/upload/${encodeURIComponent(name)}${query}`]);
  const end = stdout.lastIndexOf('\n');
  const text = stdout.slice(0, end);
  const json = text === '' ? undefined : JSON.parse(text);
  return { status: Number(stdout.slice(end + 1)), json };
}

/** Plain PUT with progress(fraction). Returns the video's JSON or throws with the problem. */
export async function putWithProgress(server, file, progress) {
  const { size } = fs.statSync(file);
  const outgoing = http.request(
    `${server.url}${api}/upload/${encodeURIComponent(path.basename(file))}`,
    { method: 'PUT', headers: { 'Content-Length': size, Expect: '100-continue' } });
  const replied = once(outgoing, 'response');
  await Promise.race([once(outgoing, 'continue'), replied]);
  let sent = 0;
  const source = fs.createReadStream(file).on('data', (bytes) => {
    sent += bytes.length;
    progress(sent / size);
  });
  source.pipe(outgoing);
  const [reply] = await replied;
  outgoing.on('error', () => {});  // Refused before it had all of the file.
  let text = '';
  for await (const bytes of reply.setEncoding('utf8')) text += bytes;
  const json = JSON.parse(text);
  if (reply.statusCode !== 201) throw new Error(`upload refused: ${json.detail ?? json.title}`);
  return json;
}

const metadata = (values) => Object.entries(values)
  .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`).join(',');

/** tus creation. Returns the upload's path on the server (without the host). */
export async function createTus(server, size, name) {
  const reply = await request(server, 'POST', `${api}/upload`, {
    headers: {
      'Tus-Resumable': '1.0.0', 'Upload-Length': String(size),
      'Upload-Metadata': metadata({ filename: name, title: name }),
    },
  });
  if (reply.status !== 201) throw new Error(`tus creation: ${reply.status} ${reply.text}`);
  return new URL(reply.headers.get('location'), server.url).pathname;
}

export async function tusOffset(server, upload) {
  const reply = await request(server, 'HEAD', upload, { headers: { 'Tus-Resumable': '1.0.0' } });
  if (reply.status !== 200) throw new Error(`tus HEAD: ${reply.status}`);
  return Number(reply.headers.get('upload-offset'));
}

export function patchTus(server, upload, offset, bytes, headers = {}) {
  return request(server, 'PATCH', upload, {
    body: bytes,
    headers: {
      'Tus-Resumable': '1.0.0', 'Upload-Offset': String(offset),
      'Content-Type': 'application/offset+octet-stream', ...headers,
    },
  });
}

/** The states that a video goes through, as server-sent events, until `enough(video)` is true. */
export async function waitFor(server, id, enough, seconds = 120) {
  let last;
  const abort = AbortSignal.timeout(seconds * 1000);
  try {
    const reply = await fetch(`${server.url}${api}/videos/${id}/events`, { signal: abort });
    if (reply.status !== 200) throw new Error(`events of ${id}: ${reply.status}`);
    let text = '';
    const decoder = new TextDecoder();
    for await (const bytes of reply.body) {
      text += decoder.decode(bytes, { stream: true });
      const events = text.split(/\r?\n\r?\n/);
      text = events.pop();
      for (const event of events) {
        const json = event.split(/\r?\n/).filter((line) => line.startsWith('data:'))
          .map((line) => line.slice(5).trimStart()).join('\n');
        if (json === '') continue;
        last = JSON.parse(json);
        if (enough(last)) return last;
      }
    }
    throw new Error('the event stream ended');
  } catch (error) {
    if (last !== undefined && enough(last)) return last;
    throw new Error(`${id}: ${error.message} (waited up to ${seconds} s; last: ` +
                    `${JSON.stringify(last)?.slice(0, 400)})`);
  }
}

export const settled = (json) => json.state === 'ready' || json.state === 'failed';

/** Uploads and waits until the video is ready; fails with the server's reason if it is not. */
export async function makeVideo(server, file, seconds = 180) {
  const { status, json } = await put(server, file);
  if (status !== 201) throw new Error(`upload of ${file}: ${status} ${JSON.stringify(json)}`);
  const last = await waitFor(server, json.id, settled, seconds);
  if (last.state !== 'ready') throw new Error(`${file}: ${JSON.stringify(last.failure)}`);
  return video(server, json.id);
}
