// What plays: hls.js over Media Source Extensions, or the browser's own HLS where there is no MSE.
// Knows no control and no page; says what happens by events:
//   'levels'   the qualities or the captions changed        'quality'  another quality is on screen
//   'trouble'  detail {text, fatal}: cannot go on, or tries again        'recovered'
//   'gone'     the server has no such live stream any more

const kHlsMimeType = 'application/vnd.apple.mpegurl';
const kRetryMsMin = 500;
const kRetryMsMax = 10000;
const kMediaRecoveriesMax = 3;  // Within the window; a stream that breaks more often is broken.
const kMediaRecoveryWindowMs = 20000;
const kLastFramesSeconds = 0.5;
const kClockErrorSecondsMax = 3;
const kPartsMissing = 4;  // So many without one, and the encoder is thought to be silent.

async function loadHls() {
  try {
    return (await import('/assets/vendor/hls.mjs')).default;
  } catch {
    return null;
  }
}

/// What hls.js does differently for a live stream. The speed is LiveEdge's concern: its own measure
/// needs a second of buffer, which a stream of short parts never has.
const kLiveConfig = {
  lowLatencyMode: true, maxLiveSyncPlaybackRate: 1, liveSyncOnStallIncrease: 0, startPosition: -1,
  backBufferLength: 90,
};

/// Without an answer hls.js blames the quality, leaves the one that was chosen and gives up after the
/// last: a server that restarts is asked again instead. The rest of its policy stays.
function patient({default: policy}) {
  const usual = policy.errorRetry.maxNumRetry;
  const shouldRetry = (_, count, isTimeout, response, retry) => (
    response?.code === 0 || (retry && count < usual));
  const errorRetry = {maxNumRetry: Infinity, retryDelayMs: 500, maxRetryDelayMs: 4000, shouldRetry};
  return {default: {...policy, errorRetry}};
}

/// The addresses of the variants that a manifest lists now; none when it cannot be had.
async function variantsOf(source) {
  try {
    const response = await fetch(source);
    if (!response.ok) return [];
    const text = await response.text();
    return [...text.matchAll(/^#EXT-X-STREAM-INF:.*\n(?:#.*\n)*(.+)$/gm)]
        .map(([, address]) => new URL(address.trim(), response.url).href);
  } catch {
    return [];
  }
}

export class Engine extends EventTarget {
  #hls = null;
  #retryMs = kRetryMsMin;
  #retryTimer = 0;
  #recoveries = [];
  #troubled = false;
  #source = '';
  #bytesLoaded = 0;
  #variants = new Set();
  #isLive = false;

  constructor(video) {
    super();
    this.video = video;
    video.addEventListener('waiting', () => this.#endIfStuck());
  }

  /// Starts to load; playback begins at `at` seconds. Resolves once it is known who plays.
  /// `live` is for a stream that is produced now: it begins at its newest pictures.
  async open(source, {at = 0, live = false} = {}) {
    this.#source = source;
    this.#isLive = live;
    const Hls = await loadHls();
    if (this.#source !== source) return;
    if (Hls?.isSupported()) {
      this.#openHls(Hls, source, at);
    } else if (this.video.canPlayType(kHlsMimeType)) {
      this.video.src = source;
      if (at > 0 && !live) this.video.currentTime = at;
      this.video.textTracks.addEventListener('change', () => this.#tell('levels'));
      this.video.textTracks.addEventListener('addtrack', () => this.#tell('levels'));
    } else if (!Hls) {
      this.#tell('trouble', {fatal: true, text: 'The player bundle is missing: this server was ' +
          'built without npm. Build it again where npm is installed.'});
    } else {
      this.#tell('trouble', {fatal: true, text: 'This browser cannot play streams.'});
    }
  }

  #openHls(Hls, source, at) {
    const hls = new Hls({
      workerPath: '/assets/vendor/hls.worker.js',
      // A video that is still being encoded looks live to hls.js; it is watched from its beginning.
      startPosition: at,
      capLevelToPlayerSize: true,
      backBufferLength: 60,
      fragLoadPolicy: patient(Hls.DefaultConfig.fragLoadPolicy),
      playlistLoadPolicy: patient(Hls.DefaultConfig.playlistLoadPolicy),
      ...(this.#isLive ? kLiveConfig : {}),
    });
    this.#hls = hls;
    const events = Hls.Events;
    hls.on(events.MANIFEST_LOADED, (_, {levels}) => {
      this.#variants = new Set(levels.map((level) => level.url));
    });
    hls.on(events.MANIFEST_PARSED, () => this.#tell('levels'));
    hls.on(events.LEVELS_UPDATED, () => this.#tell('levels'));
    hls.on(events.SUBTITLE_TRACKS_UPDATED, () => this.#tell('levels'));
    hls.on(events.SUBTITLE_TRACK_SWITCH, () => this.#tell('levels'));
    hls.on(events.FRAG_CHANGED, () => this.#tell('quality'));
    hls.on(events.LEVEL_SWITCHED, () => this.#tell('quality'));
    hls.on(events.FRAG_LOADED, (_, {frag}) => {
      this.#bytesLoaded += frag.stats?.loaded ?? 0;
      this.#recovered();
    });
    hls.on(events.LEVEL_LOADED, () => this.#recovered());
    hls.on(events.ERROR, (_, error) => this.#failed(Hls, error));
    hls.loadSource(source);
    hls.attachMedia(this.video);
  }

  #failed(Hls, error) {
    const network = error.type === Hls.ErrorTypes.NETWORK_ERROR;
    if (!error.fatal) {
      if (network && error.response?.code === 0 && this.video.readyState < 3) this.#lost();
      return;
    }
    if (network) {
      const status = error.response?.code;
      if ((status === 404 || status === 410) && this.#isLive) {
        this.#tell('gone');
        return;
      }
      if (status === 404 || status === 410) {
        this.#tell('trouble', {fatal: true, text: 'This video is no longer on the server.'});
        return;
      }
      this.#lost(status === 503 ? 'Waiting for the encoder…' : undefined);
      this.#retryLater();
      return;
    }
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && this.#mayRecover()) {
      this.#hls.recoverMediaError();
      return;
    }
    this.#tell('trouble', {fatal: true, text: `This stream cannot be played (${error.details}).`});
  }

  #lost(text = 'The connection was lost. Trying again…') {
    this.#troubled = true;
    this.#tell('trouble', {fatal: false, text});
  }

  /// hls.js 1.7.4 forgets that a sound track is complete when the last segment of the one before it
  /// leaves the buffer (fragment-tracker.ts, removeFragment): then nobody ends the stream, and it
  /// hangs on its last frames with all of them buffered.
  #endIfStuck() {
    const {currentTime, duration} = this.video;
    const left = duration - currentTime;
    const whole = this.#hls?.latestLevelDetails?.live === false;
    if (!whole || left > kLastFramesSeconds || this.measure().bufferSeconds < left - 0.1) return;
    this.#hls.trigger(this.#hls.constructor.Events.BUFFER_EOS, {});
  }

  #mayRecover() {
    const now = performance.now();
    this.#recoveries = this.#recoveries.filter((t) => now - t < kMediaRecoveryWindowMs);
    this.#recoveries.push(now);
    return this.#recoveries.length <= kMediaRecoveriesMax;
  }

  #retryLater() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => {
      if (!this.#hls) return;
      if (this.#hls.levels.length === 0) this.#hls.loadSource(this.#source);
      else this.#hls.startLoad(this.video.currentTime);
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, kRetryMsMax);
  }

  #recovered() {
    if (!this.#troubled) return;
    this.#troubled = false;
    this.#retryMs = kRetryMsMin;
    this.#tell('recovered');
  }

  #tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }

  /// Opens the manifest again, where it is, if it has more qualities than when it was opened: those
  /// of a video that is being encoded come one by one. `before()` is called while the picture is
  /// still there.
  async refresh(before) {
    if (this.#variants.size === 0) return;
    const source = this.#source;
    const listed = await variantsOf(source);
    if (this.#source !== source || listed.every((url) => this.#variants.has(url))) return;
    before();
    const at = this.video.currentTime;
    const playing = !this.video.paused;
    this.close();
    await this.open(source, {at});
    if (playing) this.video.play().catch(() => {});
  }

  close() {
    clearTimeout(this.#retryTimer);
    this.#source = '';
    this.#variants.clear();
    this.#hls?.destroy();
    this.#hls = null;
    if (this.video.hasAttribute('src')) {
      this.video.removeAttribute('src');
      this.video.load();
    }
  }

  /// Best first. A name is the shorter side, so that a portrait video is "720p" too.
  get levels() {
    const levels = (this.#hls?.levels ?? []).map((level, index) => ({
      index,
      size: Math.min(level.width || Infinity, level.height || Infinity),
      codec: level.videoCodec?.split('.')[0] ?? '',
      bitrate: level.bitrate,
    })).filter((level) => Number.isFinite(level.size));
    const severalCodecs = new Set(levels.map((level) => level.codec)).size > 1;
    const names = {avc1: 'H.264', vp09: 'VP9', av01: 'AV1', hvc1: 'HEVC'};
    for (const level of levels) {
      const codec = severalCodecs ? ` ${names[level.codec] ?? level.codec}` : '';
      level.name = `${level.size}p${codec}`;
    }
    return levels.sort((a, b) => b.size - a.size || b.bitrate - a.bitrate);
  }

  get canChooseQuality() { return this.levels.length > 1; }

  /// -1 is automatic.
  get chosenLevel() { return this.#hls && !this.#hls.autoLevelEnabled ? this.#hls.loadLevel : -1; }

  get shownLevel() { return this.#hls?.currentLevel ?? -1; }

  /// Takes effect behind the segment on screen, without a gap.
  chooseLevel(index) {
    if (!this.#hls) return;
    this.#hls.nextLevel = index;
    this.#tell('quality');
  }

  get captions() {
    if (this.#hls) {
      return this.#hls.subtitleTracks.map((track, index) => ({index, name: track.name}));
    }
    return [...this.video.textTracks]
        .filter((track) => track.kind === 'subtitles' || track.kind === 'captions')
        .map((track, index) => ({index, name: track.label || track.language || 'Captions'}));
  }

  get chosenCaptions() {
    if (this.#hls) return this.#hls.subtitleTrack;
    return [...this.video.textTracks].findIndex((track) => track.mode === 'showing');
  }

  /// -1 is none.
  chooseCaptions(index) {
    if (this.#hls) {
      this.#hls.subtitleDisplay = index >= 0;
      this.#hls.subtitleTrack = index;
    } else {
      [...this.video.textTracks].forEach((track, i) => {
        track.mode = i === index ? 'showing' : 'disabled';
      });
    }
    this.#tell('levels');
  }

  /// Where what can be played begins, in seconds.
  get start() { return this.#hls?.latestLevelDetails?.fragmentStart ?? 0; }

  /// Of a live stream, in seconds: {start, edge} of what can be played, how far behind the newest
  /// picture that could exist playing is, how far it is meant to be, and whether nothing comes from
  /// the encoder. Null: not live any more.
  get live() {
    if (!this.#isLive) return null;
    const {video} = this;
    const details = this.#hls?.latestLevelDetails;
    if (details) {
      if (!details.live) return null;
      const edge = details.edge + details.age;
      const silentSeconds = kPartsMissing * (details.partTarget || details.targetduration);
      return {start: details.fragmentStart, edge, latency: edge - video.currentTime,
              target: this.#hls.targetLatency ?? 0,
              isSilent: details.age > silentSeconds || details.fragments.at(-1)?.gap === true};
    }
    const {seekable, duration, currentTime} = video;
    if (this.#hls || duration !== Infinity) return null;
    // A native player tells no more than this, and Chromium not even it.
    const count = seekable.length;
    const edge = count > 0 ? seekable.end(count - 1) : currentTime;
    return {start: count > 0 ? seekable.start(0) : edge, edge, latency: edge - currentTime,
            target: 0, isSilent: false};
  }

  /// Behind the encoder, by the dates in the playlist where this machine's clock agrees with them.
  #latencySeconds() {
    const latency = this.live?.latency ?? 0;
    const shown = this.#hls?.playingDate;
    const byDate = shown ? (Date.now() - shown) / 1000 : 0;
    return byDate > 0 && Math.abs(byDate - latency) < kClockErrorSecondsMax ? byDate : latency;
  }

  /// What the statistics show, now.
  measure() {
    const {video} = this;
    const frames = video.getVideoPlaybackQuality?.();
    let buffered = 0;
    for (let i = 0; i < video.buffered.length; i += 1) {
      const holds = video.buffered.start(i) <= video.currentTime + 0.1;
      if (holds && video.buffered.end(i) > video.currentTime) {
        buffered = video.buffered.end(i) - video.currentTime;
      }
    }
    return {
      width: video.videoWidth,
      height: video.videoHeight,
      quality: Math.min(video.videoWidth, video.videoHeight),
      bufferSeconds: buffered,
      latencySeconds: this.#latencySeconds(),
      throughputBps: this.#hls?.bandwidthEstimate || 0,
      bytesLoaded: this.#bytesLoaded,
      droppedFrames: frames?.droppedVideoFrames ?? 0,
      totalFrames: frames?.totalVideoFrames ?? 0,
    };
  }
}
