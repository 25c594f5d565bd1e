// The video with its own controls. What plays is the engine's concern; what page it stands on is
// watch_view's.

import {el, icon, setIcon, setText} from '/assets/dom.js';
import {Engine} from '/assets/engine.js';
import {bitrate, clock} from '/assets/format.js';
import {LiveEdge} from '/assets/live_edge.js';
import {Menu} from '/assets/menu.js';
import {SeekBar} from '/assets/seek_bar.js';
import {Shortcuts} from '/assets/shortcuts.js';
import {Statistics} from '/assets/statistics.js';

const kSpeeds = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
const kIdleMs = 2600;
const kVolumeKey = 'millrace.volume';

function control(name, label, does, className = '') {
  const picture = icon(name);
  const button = el('button', {class: `control ${className}`, type: 'button', 'aria-label': label,
                               title: label, onclick: does}, picture);
  button.show = (nextName, nextLabel) => {
    setIcon(picture, nextName);
    button.setAttribute('aria-label', nextLabel);
    button.title = nextLabel;
  };
  return button;
}

export class Player {
  #video = el('video', {class: 'player-video', playsinline: true, preload: 'auto'});
  #engine = new Engine(this.#video);
  #edge;  // Null: not a live stream.
  #seekBar;
  #idleTimer = 0;
  #flashTimer = 0;
  #captionsWanted = -1;
  #waitTimer = 0;
  #closed = new AbortController();
  #shortcuts;

  #time = el('span', {class: 'player-time'});
  #liveButton = el('button', {class: 'control control-text player-live', type: 'button',
                              hidden: true, onclick: () => this.goLive()}, 'Live');
  #message = el('div', {class: 'player-message', role: 'status', hidden: true});
  #flash = el('div', {class: 'player-flash', 'aria-hidden': 'true', hidden: true});
  #spinner = el('div', {class: 'player-spinner', 'aria-hidden': 'true', hidden: true});
  #playButton = control('play', 'Play', () => this.togglePlay());
  #muteButton = control('volume', 'Mute', () => this.toggleMute());
  #volume = el('input', {class: 'player-volume', type: 'range', min: 0, max: 1, step: 0.05,
                         'aria-label': 'Volume',
                         oninput: () => this.#setVolume(Number(this.#volume.value))});
  #quality = new Menu({
    label: 'Quality', className: 'player-quality', choices: () => this.#qualityChoices(),
    current: () => this.#engine.chosenLevel, chosen: (index) => this.#engine.chooseLevel(index),
  });
  #speed = new Menu({
    label: 'Speed', className: 'player-speed',
    choices: () => kSpeeds.map((value) => ({value, name: value === 1 ? 'Normal' : `${value}×`})),
    current: () => this.#video.playbackRate, chosen: (value) => this.setSpeed(value),
  });
  #captions = new Menu({
    label: 'Captions', className: 'player-captions',
    choices: () => [{value: -1, name: 'Off'},
                    ...this.#engine.captions.map(({index, name}) => ({value: index, name}))],
    current: () => this.#engine.chosenCaptions,
    chosen: (index) => this.#engine.chooseCaptions(index),
  });
  #statsButton = control('chart', 'Statistics', () => this.toggleStatistics(), 'wide-only');
  #helpButton = control('keyboard', 'Keyboard shortcuts', () => this.toggleHelp(), 'wide-only');
  #pipButton = control('pip', 'Picture in picture', () => this.togglePictureInPicture(),
                       'wide-only');
  #fullButton = control('expand', 'Full screen', () => this.toggleFullscreen());

  constructor({live = false} = {}) {
    this.#edge = live ? new LiveEdge(this.#video, this.#engine) : null;
    this.#seekBar = new SeekBar(this.#video, this.#edge);
    this.statistics = new Statistics(this.#engine, {live});
    this.#shortcuts = new Shortcuts(this);
    const bar = el('div', {class: 'player-bar'}, this.#seekBar.element,
        el('div', {class: 'player-row'}, this.#playButton, this.#muteButton, this.#volume,
            this.#liveButton, this.#time, el('span', {class: 'spacer'}), this.#captions.element,
            this.#speed.element, this.#quality.element, this.#statsButton, this.#helpButton,
            this.#pipButton, this.#fullButton));
    this.element = el('section', {class: 'player', 'aria-label': 'Video player'}, this.#video,
        this.#spinner, this.#flash, this.#message, bar, this.#shortcuts.element);
    this.#listen(bar);
    this.#restoreVolume();
    this.#drawAll();
  }

  open({manifestUrl, posterUrl, storyboardUrl, title}) {
    if (posterUrl) this.#video.poster = posterUrl;
    if (storyboardUrl) this.#seekBar.loadStoryboard(storyboardUrl);
    if ('mediaSession' in navigator) {
      navigator.mediaSession.metadata = new MediaMetadata({
        title, artwork: posterUrl ? [{src: posterUrl, type: 'image/jpeg'}] : []});
    }
    this.#engine.open(manifestUrl, {live: this.#edge !== null});
    // Allowed with sound only after the user has touched the site: then it simply waits.
    this.#video.play().catch(() => {});
  }

  loadStoryboard(url) { this.#seekBar.loadStoryboard(url); }
  set fullSeconds(seconds) { this.#seekBar.fullSeconds = seconds; }

  /// There may be more qualities now. The last picture stays until the next one is there.
  refresh() {
    this.#engine.refresh(() => {
      const still = el('canvas', {class: 'player-video player-still',
                                  width: this.#video.videoWidth, height: this.#video.videoHeight});
      still.getContext('2d').drawImage(this.#video, 0, 0);
      this.#video.after(still);
      this.#video.addEventListener('loadeddata', () => still.remove(), {once: true});
    });
  }

  close() {
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#flashTimer);
    clearTimeout(this.#waitTimer);
    this.#closed.abort();
    this.statistics.close();
    this.#shortcuts.close();
    this.#edge?.close();
    this.#engine.close();
  }

  togglePlay() {
    if (this.#video.paused) this.#video.play().catch(() => {});
    else this.#video.pause();
    this.#show();
  }

  skip(seconds) {
    this.#seekBar.seek(this.#video.currentTime + seconds);
    this.#say(`${seconds > 0 ? '+' : '−'}${Math.abs(seconds)} s`);
  }

  seekToShare(share) {
    const {startSeconds, playableSeconds} = this.#seekBar;
    this.#seekBar.seek(startSeconds + share * (playableSeconds - startSeconds));
    this.#show();
  }

  /// To the newest pictures of a live stream.
  goLive() {
    if (!this.#edge?.isLive) return;
    this.#edge.follow();
    this.#video.play().catch(() => {});
    this.#drawAll();
  }

  changeVolume(step) {
    this.#setVolume(Math.round((this.#video.volume + step) * 20) / 20);
    this.#say(`Volume ${Math.round(this.#video.volume * 100)}%`);
  }

  toggleMute() {
    this.#video.muted = !this.#video.muted;
    if (!this.#video.muted && this.#video.volume === 0) this.#setVolume(0.5);
    this.#show();
  }

  setSpeed(rate) {
    if (this.#edge?.isFollowing) {
      this.#say('Live plays at its own speed');
      return;
    }
    this.#video.playbackRate = rate;
    this.#video.defaultPlaybackRate = rate;
    this.#say(rate === 1 ? 'Normal speed' : `${rate}×`);
  }

  stepSpeed(step) {
    const at = kSpeeds.indexOf(this.#video.playbackRate);
    const next = (at < 0 ? kSpeeds.indexOf(1) : at) + step;
    this.setSpeed(kSpeeds[Math.max(0, Math.min(kSpeeds.length - 1, next))]);
  }

  toggleCaptions() {
    const tracks = this.#engine.captions;
    if (tracks.length === 0) {
      this.#say('No captions');
      return;
    }
    const on = this.#engine.chosenCaptions >= 0;
    if (on) this.#captionsWanted = this.#engine.chosenCaptions;
    this.#engine.chooseCaptions(on ? -1 : Math.max(0, this.#captionsWanted));
    this.#say(on ? 'Captions off' : 'Captions on');
  }

  toggleFullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.element.requestFullscreen) this.element.requestFullscreen().catch(() => {});
    else this.#video.webkitEnterFullscreen?.();  // iPhone: only the video element itself.
  }

  togglePictureInPicture() {
    if (document.pictureInPictureElement) document.exitPictureInPicture();
    else this.#video.requestPictureInPicture?.().catch(() => {});
  }

  toggleStatistics() {
    this.statistics.toggle();
    this.#statsButton.setAttribute('aria-pressed', String(this.statistics.isOpen));
  }

  toggleHelp() { this.#shortcuts.toggleHelp(); }

  #listen(bar) {
    const on = (types, does) => types.split(' ').forEach((type) => (
      this.#video.addEventListener(type, does)));
    on('play pause ended volumechange ratechange timeupdate durationchange seeked', () => (
      this.#drawAll()));
    on('waiting seeking', () => this.#wait());
    on('playing seeked canplay', () => { this.#spinner.hidden = true; });
    on('playing', () => { this.#message.hidden = true; });
    on('play', () => this.#show());
    on('loadedmetadata resize', () => this.#shape());
    on('enterpictureinpicture leavepictureinpicture', () => this.#drawAll());
    this.#video.addEventListener('click', (event) => this.#tap(event));
    this.#video.addEventListener('dblclick', () => this.toggleFullscreen());
    this.element.addEventListener('pointermove', (event) => (
      event.pointerType === 'mouse' && this.#show()));
    this.element.addEventListener('pointerleave', (event) => (
      event.pointerType === 'mouse' && this.#hide()));
    bar.addEventListener('focusin', () => this.#show());
    bar.addEventListener('pointerdown', () => this.#show());
    document.addEventListener('fullscreenchange', () => this.#drawAll(),
                              {signal: this.#closed.signal});
    this.#engine.addEventListener('levels', () => this.#drawMenus());
    this.#engine.addEventListener('quality', () => this.#drawMenus());
    this.#engine.addEventListener('trouble', ({detail}) => this.#complain(detail));
    this.#engine.addEventListener('gone', () => this.element.dispatchEvent(new Event('gone')));
    this.#engine.addEventListener('recovered', () => { this.#message.hidden = true; });
    this.#pipButton.hidden = !document.pictureInPictureEnabled;
  }

  /// A mouse plays and pauses; a finger shows and hides the controls.
  #tap(event) {
    if (event.pointerType !== 'touch') this.togglePlay();
    else if (this.element.classList.contains('player-idle')) this.#show();
    else this.#hide();
  }

  #wait() {
    clearTimeout(this.#waitTimer);
    // A seek inside the buffer takes no time worth a spinner.
    this.#waitTimer = setTimeout(() => this.#drawWait(), 250);
  }

  #drawWait() {
    if (this.#video.readyState >= 3) return;
    if (this.#engine.live?.isSilent) {
      this.#complain({text: 'Nothing comes from the producer. Playback goes on when it does.'});
    }
    if (this.#seekBar.isAtGrowingEnd) this.#complain({text: 'Waiting for the encoder…'});
    this.#spinner.hidden = !this.#message.hidden;
    this.#waitTimer = setTimeout(() => this.#drawWait(), 500);
  }

  #complain({text, fatal = false}) {
    this.#message.replaceChildren(icon(fatal ? 'alert' : 'replay'), el('p', {}, text));
    this.#message.hidden = false;
    this.#message.classList.toggle('player-message-fatal', fatal);
    this.#spinner.hidden = true;
    this.#show();
  }

  #say(text) {
    this.#flash.textContent = text;
    this.#flash.hidden = false;
    clearTimeout(this.#flashTimer);
    this.#flashTimer = setTimeout(() => { this.#flash.hidden = true; }, 900);
    this.#show();
  }

  #show() {
    this.element.classList.remove('player-idle');
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#hide(), kIdleMs);
  }

  #hide() {
    const busy = [this.#quality, this.#speed, this.#captions].some((menu) => menu.isOpen) ||
        this.element.querySelector('.player-bar :focus-visible');
    if (!this.#video.paused && !busy) this.element.classList.add('player-idle');
  }

  #shape() {
    const {videoWidth, videoHeight} = this.#video;
    if (videoWidth > 0 && videoHeight > 0) {
      this.element.style.setProperty('--shape', videoWidth / videoHeight);
    }
  }

  #setVolume(volume) {
    this.#video.volume = Math.max(0, Math.min(1, volume));
    this.#video.muted = this.#video.volume === 0;
    try {
      localStorage.setItem(kVolumeKey, String(this.#video.volume));
    } catch {
      // Storage can be forbidden; the volume is then not remembered.
    }
  }

  #restoreVolume() {
    try {
      const volume = Number.parseFloat(localStorage.getItem(kVolumeKey));
      if (volume > 0 && volume <= 1) this.#video.volume = volume;
    } catch {
      // As above.
    }
  }

  #drawAll() {
    const {paused, ended, muted, volume, currentTime} = this.#video;
    if (ended) this.#playButton.show('replay', 'Play again');
    else this.#playButton.show(paused ? 'play' : 'pause', paused ? 'Play (k)' : 'Pause (k)');
    const silent = muted || volume === 0;
    this.#muteButton.show(silent ? 'muted' : 'volume', silent ? 'Unmute (m)' : 'Mute (m)');
    this.#volume.value = silent ? 0 : volume;
    this.#volume.style.setProperty('--share', `${(silent ? 0 : volume) * 100}%`);
    this.#drawTime(currentTime);
    const full = document.fullscreenElement === this.element;
    if (full) this.#fullButton.show('shrink', 'Leave full screen (f)');
    else this.#fullButton.show('expand', 'Full screen (f)');
    if (paused) this.element.classList.remove('player-idle');
    this.#drawMenus();
  }

  #drawTime(now) {
    const isLive = this.#edge?.isLive ?? false;
    this.#liveButton.hidden = !isLive;
    if (!isLive) {
      const {startSeconds, seconds} = this.#seekBar;
      setText(this.#time, `${clock(now - startSeconds)} / ${clock(seconds - startSeconds)}`);
      return;
    }
    const {isFollowing, behindSeconds} = this.#edge;
    this.#liveButton.classList.toggle('player-live-now', isFollowing);
    const label = isFollowing ? 'Live' : 'Go to live';
    this.#liveButton.setAttribute('aria-label', label);
    this.#liveButton.title = label;
    setText(this.#time, isFollowing ? '' : `−${clock(behindSeconds)}`);
  }

  #drawMenus() {
    const levels = this.#engine.levels;
    const shown = levels.find((level) => level.index === this.#engine.shownLevel);
    const chosen = levels.find((level) => level.index === this.#engine.chosenLevel);
    const size = Math.min(this.#video.videoWidth, this.#video.videoHeight);
    this.#quality.setText(chosen?.name ?? shown?.name ?? (size > 0 ? `${size}p` : 'Auto'));
    this.#quality.element.hidden = !this.#engine.canChooseQuality;
    this.#speed.setText(`${this.#video.playbackRate}×`);
    this.#speed.element.hidden = this.#edge?.isFollowing ?? false;
    this.#captions.element.hidden = this.#engine.captions.length === 0;
    this.#captions.setText(this.#engine.chosenCaptions >= 0 ? 'CC on' : 'CC');
  }

  #qualityChoices() {
    const levels = this.#engine.levels;
    const automatic = this.#engine.chosenLevel === -1;
    const shown = levels.find((level) => level.index === this.#engine.shownLevel);
    return [{value: -1, name: 'Auto', note: automatic ? shown?.name : ''},
            ...levels.map(({index, name, bitrate: bps}) => (
              {value: index, name, note: bitrate(bps)}))];
  }
}
