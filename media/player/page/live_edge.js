// Keeps a viewer of a live stream near its newest pictures, without a jump that anybody sees: a
// little faster than real time while there is more delay than the stream asks for. Who went back in
// time is left there until he returns.

const kTickMs = 100;
const kBehindSecondsMin = 0.08;  // Of delay too much, before the speed changes.
const kBehindSecondsDone = 0.02;
const kGentleRate = 1.05;
const kBriskRate = 1.1;
const kBriskSeconds = 1;   // That much too late takes ten seconds at the brisk rate.
const kJumpSeconds = 10;   // Above it, catching up would take minutes.
const kStartMs = 4000;     // At the beginning a jump is part of the start.
const kJumpAtStartSecondsMin = 0.3;
const kReturnSeconds = 1;  // Sought so near to the edge is meant to be at it.
const kStallMarginSeconds = 0.15;
const kMarginSecondsMax = 2;
const kCalmMs = 30000;

export class LiveEdge {
  #video;
  #engine;
  #timer = 0;
  #following = true;
  #marginSeconds = 0;
  #calmSince = performance.now();
  #stalled = false;
  #startedAt = 0;

  /// `engine.live` says {start, edge, latency, target} in seconds, or null.
  constructor(video, engine) {
    this.#video = video;
    this.#engine = engine;
    this.#timer = setInterval(() => this.#tick(), kTickMs);
    video.addEventListener('waiting', () => this.#noteStall());
    video.addEventListener('playing', () => { this.#stalled = false; });
  }

  close() { clearInterval(this.#timer); }

  /// Not ended, and there is something to play.
  get isLive() { return this.#engine.live !== null; }

  /// Not gone back in time.
  get isFollowing() { return this.isLive && this.#following && !this.#video.paused; }

  /// What the viewer can seek in; `end` is where playing is as late as it should be. Once the stream
  /// has ended, all that is left of it. Null: not known yet.
  get range() {
    const live = this.#engine.live;
    const {duration} = this.#video;
    if (!live) return Number.isFinite(duration) ? {start: this.#engine.start, end: duration} : null;
    return {start: live.start, end: Math.max(live.start, live.edge - this.#target(live))};
  }

  /// How far behind where it could be.
  get behindSeconds() {
    const live = this.#engine.live;
    return live ? Math.max(0, live.latency - this.#target(live)) : 0;
  }

  seek(seconds) {
    const {range} = this;
    if (!range) return;
    this.#video.currentTime = Math.max(range.start, Math.min(seconds, range.end));
    this.#following = this.isLive && range.end - seconds < kReturnSeconds;
    if (!this.#following) this.#setRate(1);
  }

  follow() {
    const {range} = this;
    this.#following = true;
    if (range && this.behindSeconds > kReturnSeconds) this.#video.currentTime = range.end;
    this.#setRate(1);
  }

  #target(live) { return live.target + this.#marginSeconds; }

  #tick() {
    const live = this.#engine.live;
    if (!live) {
      if (this.#following && this.range) this.#setRate(1);  // It has ended meanwhile.
      return;
    }
    if (this.#video.seeking) return;
    this.#noteCalm();
    if (this.#video.paused) {
      if (this.behindSeconds > kReturnSeconds) this.#following = false;
      return;
    }
    const behind = live.latency - this.#target(live);
    if (!this.#following) {
      // A speed that the viewer chose has brought him back.
      if (this.#video.playbackRate <= 1 || behind > kBehindSecondsMin) return;
      this.#following = true;
    }
    this.#startedAt ||= performance.now();
    if (performance.now() - this.#startedAt < kStartMs && this.#mayJump(behind, live)) {
      this.#video.currentTime += behind;
      return;
    }
    this.#setRate(this.#rateFor(behind, live));
    if (behind > kJumpSeconds && !this.#stalled) this.follow();
  }

  /// Loading took a while, during which the stream went on; what has come since is there.
  #mayJump(behind, live) {
    const ahead = this.#engine.measure().bufferSeconds;
    return behind > kJumpAtStartSecondsMin && ahead - behind > this.#target(live) * 0.4;
  }

  #rateFor(behind, live) {
    const {playbackRate} = this.#video;
    const enough = playbackRate > 1 ? kBehindSecondsDone : kBehindSecondsMin;
    const ahead = this.#engine.measure().bufferSeconds;
    // The delay is in what has not come yet, not in what could be played faster.
    if (behind < enough || ahead < this.#target(live) * 0.4) return 1;
    return behind > kBriskSeconds ? kBriskRate : kGentleRate;
  }

  #setRate(rate) {
    if (this.#video.playbackRate !== rate) this.#video.playbackRate = rate;
  }

  /// A network or machine that could not keep up gets a little more time, and is tried again later.
  #noteStall() {
    if (!this.isFollowing || this.#video.seeking || this.#stalled) return;
    this.#stalled = true;
    this.#marginSeconds = Math.min(kMarginSecondsMax, this.#marginSeconds + kStallMarginSeconds);
    this.#calmSince = performance.now();
  }

  #noteCalm() {
    const now = performance.now();
    if (now - this.#calmSince < kCalmMs) return;
    this.#calmSince = now;
    this.#marginSeconds = Math.max(0, this.#marginSeconds - kStallMarginSeconds / 2);
  }
}
