// The server's API as this page uses it.

const kRoot = '/api/VideoStream';
export const kUploadAddress = `${kRoot}/upload`;

/// What the server said no with (RFC 9457), or status 0 when it said nothing.
export class Problem extends Error {
  constructor(status, title, detail) {
    super(detail || title);
    this.status = status;
    this.title = title;
  }
}

export function problemOf(status, text) {
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    // Not a problem document: something between us and the server answered, or it was a HEAD.
  }
  return new Problem(status, body.title || `Error ${status}`, body.detail || '');
}

async function getJson(path, signal) {
  let response;
  try {
    response = await fetch(kRoot + path, {signal, headers: {Accept: 'application/json'}});
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0, 'No connection', 'The server does not answer.');
  }
  if (!response.ok) throw problemOf(response.status, await response.text());
  return response.json();
}

export function getVideo(id, signal) {
  return getJson(`/videos/${encodeURIComponent(id)}`, signal);
}

export function getVideos({search, page, pageSize}, signal) {
  const query = new URLSearchParams({page, pageSize});
  if (search) query.set('search', search);
  return getJson(`/videos?${query}`, signal);
}

export function getLiveStreams(signal) {
  return getJson('/live', signal);
}

export function isSettled(video) {
  return video.state === 'ready' || video.state === 'failed';
}

// HTTP/1.1 browsers open six connections to one server and media needs some of them.
const kStreamsMax = 3;
const kPollMs = 3000;
let streamsOpen = 0;

/// Calls `changed(video)` at each change until the video is ready or failed, and `changed(null)` if
/// it is deleted. By server-sent events, or by asking again where there are too many or they break.
/// Returns a function that ends it.
export function followVideo(id, changed) {
  const abort = new AbortController();
  let source = null;
  let timer = 0;

  function closeStream() {
    if (!source) return;
    source.close();
    source = null;
    streamsOpen -= 1;
  }
  function stop() {
    abort.abort();
    clearTimeout(timer);
    closeStream();
  }
  function deliver(video) {
    if (abort.signal.aborted) return;
    if (!video || isSettled(video)) stop();
    changed(video);
  }
  async function poll() {
    try {
      deliver(await getVideo(id, abort.signal));
    } catch (error) {
      if (error.status === 404) deliver(null);
    }
    if (!abort.signal.aborted) timer = setTimeout(open, kPollMs);
  }
  function open() {
    if (streamsOpen >= kStreamsMax) {
      poll();
      return;
    }
    streamsOpen += 1;
    source = new EventSource(`${kRoot}/videos/${encodeURIComponent(id)}/events`);
    const heard = (event) => deliver(JSON.parse(event.data));
    source.addEventListener('state', heard);
    source.addEventListener('progress', heard);
    source.addEventListener('error', () => {
      // A browser reconnects by itself after a broken stream, not after a status other than 200;
      // asking once tells a deleted video from a server that restarts.
      closeStream();
      poll();
    });
  }
  open();
  return stop;
}
