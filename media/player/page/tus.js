// A tus 1.0 client: sends one file, and goes on where it stopped however it was stopped (tus.io,
// protocol 1.0.0: creation, HEAD to resume, termination). Gives up only when the server says that
// trying again cannot help.

import {Problem, problemOf} from '/assets/api.js';

const kVersion = {'Tus-Resumable': '1.0.0'};
const kPieceBytes = 64 << 20;    // One PATCH; small enough for proxies that hold whole bodies.
const kStallMs = 30000;          // No byte moved: the connection died without saying so, or the
                                 // laptop slept.
const kAnswerMs = 120000;        // After the last byte: a slow disk may still be writing.
const kFirstRetryMs = 500;
const kLastRetryMs = 20000;
const kSpeedWindowMs = 5000;

/// Trying the same again can help. 507: space may be freed; 423: the old connection lets go.
function isPassing(status) {
  return status === 0 || status >= 500 || [408, 409, 423, 425, 429, 460].includes(status);
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/// Rejects with a Problem, status 0 when no answer came, or with an AbortError.
async function ask(method, url, headers, signal) {
  let response;
  const deadline = AbortSignal.timeout(kStallMs);
  try {
    response = await fetch(url, {method, headers: {...kVersion, ...headers}, cache: 'no-store',
                                 signal: AbortSignal.any([signal, deadline])});
  } catch {
    signal.throwIfAborted();
    throw new Problem(0, 'No connection', '');
  }
  if (!response.ok) throw problemOf(response.status, await response.text().catch(() => ''));
  return response;
}

/// One PATCH. fetch cannot report how much has been sent, XMLHttpRequest can.
function sendPiece(url, offset, piece, moved, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer = 0;
    const watch = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), ms);
    };
    const stop = () => request.abort();
    const lost = () => reject(signal.aborted ? signal.reason : new Problem(0, 'No connection', ''));
    request.upload.onprogress = (event) => {
      watch(event.loaded < piece.size ? kStallMs : kAnswerMs);
      moved(event.loaded);
    };
    request.onload = () => {
      if (request.status === 204 || request.status === 200) resolve(request);
      else reject(problemOf(request.status, request.responseText));
    };
    request.onerror = lost;
    request.onabort = lost;
    request.onloadend = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
    signal.addEventListener('abort', stop);
    request.open('PATCH', url);
    for (const [name, value] of Object.entries(kVersion)) request.setRequestHeader(name, value);
    request.setRequestHeader('Upload-Offset', String(offset));
    request.setRequestHeader('Content-Type', 'application/offset+octet-stream');
    watch(kStallMs);
    request.send(piece);
  });
}

/// States: 'waiting' (not started), 'sending', 'retrying', 'paused', 'done', 'failed'. 'change' is
/// dispatched whenever anything that it shows has changed.
export class TusUpload extends EventTarget {
  #endpoint;
  #metadata;
  #memory;
  #abort = null;
  #failures = 0;
  #samples = [];
  #wake = null;

  state = 'waiting';
  offset = 0;
  videoId = null;
  problem = null;

  /// `memory` keeps {url, videoId} for this file across page loads: load(), save(entry), forget();
  /// `key` names the file.
  constructor(file, {endpoint, metadata, memory}) {
    super();
    this.file = file;
    this.#endpoint = endpoint;
    this.#metadata = metadata;
    this.#memory = memory;
  }

  get size() { return this.file.size; }

  start() {
    if (this.#abort || this.state === 'done') return;
    this.#abort = new AbortController();
    this.#failures = 0;
    this.problem = null;
    const {signal} = this.#abort;
    const online = () => this.#wake?.();
    window.addEventListener('online', online);
    this.#alone(signal).catch((error) => {
      if (signal.aborted) return;
      this.problem = error;
      this.#become('failed');
    }).finally(() => {
      window.removeEventListener('online', online);
      if (this.#abort?.signal === signal) this.#abort = null;
    });
  }

  pause() {
    if (this.state === 'done' || this.state === 'failed') return;
    this.#halt();
    this.#become('paused');
  }

  /// Also frees what the server has of it.
  async cancel() {
    this.#halt();
    const entry = this.#memory.load();
    this.#memory.forget();
    if (!entry || this.state === 'done') return;
    try {
      await ask('DELETE', entry.url, {}, AbortSignal.timeout(kStallMs));
    } catch {
      // Unfinished uploads expire by themselves.
    }
  }

  /// Bytes a second over the last seconds, 0 while nothing moves.
  get speed() {
    if (this.state !== 'sending' || this.#samples.length < 2) return 0;
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    return last.at > first.at ? ((last.offset - first.offset) * 1000) / (last.at - first.at) : 0;
  }

  get secondsLeft() { return this.speed > 0 ? (this.size - this.offset) / this.speed : null; }

  #halt() {
    this.#abort?.abort();
    this.#abort = null;
    this.#wake?.();
  }

  #become(state) {
    this.state = state;
    if (state !== 'sending') this.#samples = [];
    this.dispatchEvent(new Event('change'));
  }

  /// Two tabs with one file would cut each other off: the second waits for the first.
  async #alone(signal) {
    if (!navigator.locks) {  // Not a secure context.
      await this.#run(signal);
      return;
    }
    await navigator.locks.request(this.#memory.key, {signal}, () => this.#run(signal));
  }

  async #run(signal) {
    this.#become('sending');
    for (;;) {
      try {
        const url = await this.#locate(signal);
        while (this.offset < this.size) await this.#advance(url, signal);
        this.#memory.forget();
        this.#become('done');
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (error.status === 404 || error.status === 410) {
          this.#memory.forget();  // Expired, or another store: from the beginning.
          this.offset = 0;
          if (this.#failures > 3) throw error;
        } else if (!(error instanceof Problem) || !isPassing(error.status)) {
          throw error;
        }
        await this.#backOff(error, signal);
      }
    }
  }

  /// Where to send, and `offset` as the server knows it.
  async #locate(signal) {
    const known = this.#memory.load();
    if (!known) return this.#create(signal);
    const answer = await ask('HEAD', known.url, {}, signal);
    const offset = Number(answer.headers.get('Upload-Offset'));
    const length = answer.headers.get('Upload-Length');
    if (!Number.isSafeInteger(offset) || offset < 0 || offset > this.size ||
        (length !== null && Number(length) !== this.size)) {
      throw new Problem(410, 'Another file', 'The server has another file at that address.');
    }
    this.offset = offset;
    this.videoId = known.videoId;
    this.#become('sending');
    return known.url;
  }

  async #create(signal) {
    const metadata = Object.entries(this.#metadata)
        .map(([key, value]) => `${key} ${base64(value)}`).join(',');
    const answer = await ask('POST', this.#endpoint,
        {'Upload-Length': String(this.size), 'Upload-Metadata': metadata}, signal);
    const location = answer.headers.get('Location');
    if (!location) throw new Problem(500, 'No address', 'The server named no place for the file.');
    const url = new URL(location, new URL(this.#endpoint, window.location.href));
    this.videoId = answer.headers.get('Video-Id') ?? url.pathname.split('/').pop();
    this.offset = 0;
    this.#memory.save({url: url.pathname, videoId: this.videoId});
    return url.pathname;
  }

  async #advance(url, signal) {
    const start = this.offset;
    const piece = this.file.slice(start, Math.min(this.size, start + kPieceBytes));
    const answer = await sendPiece(url, start, piece, (sent) => this.#moved(start + sent), signal);
    const offset = Number(answer.getResponseHeader('Upload-Offset'));
    if (!(offset > start) || offset > this.size) {
      throw new Problem(0, 'No progress', 'The server stored nothing.');
    }
    this.#failures = 0;
    this.#moved(offset);
  }

  #moved(offset) {
    this.offset = offset;
    const now = performance.now();
    this.#samples.push({at: now, offset});
    while (this.#samples.length > 2 && now - this.#samples[0].at > kSpeedWindowMs) {
      this.#samples.shift();
    }
    this.dispatchEvent(new Event('change'));
  }

  async #backOff(error, signal) {
    const longest = Math.min(kLastRetryMs, kFirstRetryMs * 2 ** this.#failures);
    this.#failures += 1;
    this.problem = error;
    this.#become('retrying');
    // Half of it is chance, so that the clients of a server that restarts do not come all at once.
    const ms = longest / 2 + (Math.random() * longest) / 2;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
    signal.throwIfAborted();
    this.problem = null;
    this.#become('sending');
  }
}
