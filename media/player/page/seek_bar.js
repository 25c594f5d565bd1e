// The seek bar: what is played, buffered and already encoded, and the storyboard above the pointer.

import {el} from '/assets/dom.js';
import {clock, spokenTime} from '/assets/format.js';
import {Storyboard} from '/assets/storyboard.js';

const kStepSeconds = 5;
const kPageSeconds = 30;

export class SeekBar {
  #video;
  #storyboard = new Storyboard();
  #played = el('div', {class: 'seek-played'});
  #buffered = el('div', {class: 'seek-buffered'});
  #encoded = el('div', {class: 'seek-encoded'});
  #knob = el('div', {class: 'seek-knob'});
  #picture = el('div', {class: 'seek-picture'});
  #time = el('div', {class: 'seek-time'});
  #preview = el('div', {class: 'seek-preview', hidden: true}, this.#picture, this.#time);
  #track = el('div', {class: 'seek-track'}, this.#encoded, this.#buffered, this.#played);
  #dragging = false;
  #fullSeconds = 0;
  #edge;

  /// `edge` is a live stream's, whose range moves.
  constructor(video, edge = null) {
    this.#video = video;
    this.#edge = edge;
    this.element = el('div', {class: 'seek', role: 'slider', tabindex: 0, 'aria-label': 'Seek',
                              'aria-valuemin': 0}, this.#track, this.#knob, this.#preview);
    const on = (type, f) => this.element.addEventListener(type, f);
    on('pointerdown', (event) => this.#grab(event));
    on('pointermove', (event) => this.#point(event));
    on('pointerup', (event) => this.#release(event));
    on('pointercancel', () => this.#drop());
    on('pointerleave', () => !this.#dragging && this.#hidePreview());
    on('keydown', (event) => this.#key(event));
    on('blur', () => this.#hidePreview());
    for (const type of ['timeupdate', 'progress', 'durationchange', 'seeking', 'seeked']) {
      video.addEventListener(type, () => this.draw());
    }
    this.draw();
  }

  loadStoryboard(url) {
    this.#storyboard.load(url);
  }

  /// The whole video's length while only a part of it can be played yet; 0 when it is not known.
  set fullSeconds(seconds) {
    this.#fullSeconds = seconds ?? 0;
    this.draw();
  }

  /// What the bar's left end stands for.
  get startSeconds() { return this.#edge?.range?.start ?? 0; }

  get playableSeconds() {
    if (this.#edge) return this.#edge.range?.end ?? 0;
    const {seekable, duration} = this.#video;
    if (Number.isFinite(duration)) return duration;
    return seekable.length > 0 ? seekable.end(seekable.length - 1) : 0;
  }

  /// What the bar's right end stands for.
  get seconds() { return Math.max(this.playableSeconds, this.#fullSeconds); }

  get isGrowing() { return this.#fullSeconds > this.playableSeconds + 1; }

  get isAtGrowingEnd() {
    return this.isGrowing && this.#video.currentTime > this.playableSeconds - 1;
  }

  /// Never past what is encoded, and a little before its end, where there still is a frame to show.
  seek(seconds) {
    const end = this.playableSeconds;
    if (!(end > 0)) return;
    if (this.#edge?.isLive) {
      this.#edge.seek(seconds);
    } else {
      const last = this.isGrowing ? end - 1 : end;
      this.#video.currentTime = Math.max(this.startSeconds, Math.min(seconds, last));
    }
    this.draw();
  }

  draw() {
    const start = this.startSeconds;
    const all = this.seconds - start;
    const share = (seconds) => (
      all > 0 ? Math.max(0, Math.min(1, (seconds - start) / all)) : 0);
    const now = this.#video.currentTime;
    if (!this.#dragging) this.#place(share(now));
    this.#buffered.style.transform = `scaleX(${share(this.#bufferedEnd(now))})`;
    this.#encoded.style.transform = `scaleX(${share(this.playableSeconds)})`;
    this.element.classList.toggle('seek-growing', this.isGrowing);
    this.element.setAttribute('aria-valuemax', Math.round(all));
    this.element.setAttribute('aria-valuenow', Math.round(now - start));
    this.element.setAttribute('aria-valuetext', this.#spoken(now - start, all));
  }

  #spoken(now, all) {
    if (!this.#edge?.isLive) return `${spokenTime(now)} of ${spokenTime(all)}`;
    return all - now < 1 ? 'Live' : `${spokenTime(all - now)} behind live`;
  }

  #label(seconds) {
    if (seconds > this.playableSeconds + 1) return `${clock(seconds)} · not encoded yet`;
    if (this.#edge?.isLive) return `−${clock(this.seconds - seconds)}`;
    return clock(seconds - this.startSeconds);
  }

  #secondsAt(share) { return this.startSeconds + share * (this.seconds - this.startSeconds); }

  #bufferedEnd(now) {
    const {buffered} = this.#video;
    for (let i = 0; i < buffered.length; i += 1) {
      if (buffered.start(i) <= now + 0.1 && buffered.end(i) > now) return buffered.end(i);
    }
    return now;
  }

  #place(share) {
    this.#played.style.transform = `scaleX(${share})`;
    this.#knob.style.left = `${share * 100}%`;
  }

  #shareAt(event) {
    const box = this.#track.getBoundingClientRect();
    return box.width > 0 ? Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) : 0;
  }

  #grab(event) {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    this.#dragging = true;
    this.element.classList.add('seek-dragging');
    this.#point(event);
  }

  #point(event) {
    const share = this.#shareAt(event);
    this.showPreview(share);
    if (this.#dragging) this.#place(share);
  }

  #release(event) {
    if (!this.#dragging) return;
    this.#drop();
    this.seek(this.#secondsAt(this.#shareAt(event)));
    if (event.pointerType !== 'mouse') this.#hidePreview();
  }

  #drop() {
    this.#dragging = false;
    this.element.classList.remove('seek-dragging');
    this.draw();
  }

  #key(event) {
    const now = this.#video.currentTime;
    const targets = {
      ArrowLeft: now - kStepSeconds, ArrowRight: now + kStepSeconds,
      ArrowDown: now - kStepSeconds, ArrowUp: now + kStepSeconds,
      PageDown: now - kPageSeconds, PageUp: now + kPageSeconds,
      Home: this.startSeconds, End: this.playableSeconds,
    };
    if (!(event.key in targets) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.seek(targets[event.key]);
    const length = this.seconds - this.startSeconds;
    this.showPreview((this.#video.currentTime - this.startSeconds) / length);
  }

  showPreview(share) {
    const seconds = this.#secondsAt(share);
    if (!(this.seconds > 0)) return;
    this.#time.textContent = this.#label(seconds);
    const cue = seconds > this.playableSeconds + 1 ? null : this.#storyboard.at(seconds);
    this.#picture.hidden = !cue;
    if (cue) this.#drawPicture(cue);
    this.#preview.hidden = false;
    const bar = this.#track.clientWidth;
    const half = this.#preview.offsetWidth / 2;
    const left = Math.max(half, Math.min(bar - half, share * bar));
    this.#preview.style.left = `${left}px`;
  }

  #drawPicture(cue) {
    const style = this.#picture.style;
    style.width = `${cue.width}px`;
    style.height = `${cue.height}px`;
    style.backgroundImage = `url("${cue.url}")`;
    style.backgroundPosition = `-${cue.x}px -${cue.y}px`;
  }

  #hidePreview() {
    this.#preview.hidden = true;
  }
}
