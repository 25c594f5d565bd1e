// One video: the player as soon as there is something to play, and what the server is doing until
// then.

import {followVideo, getVideo, isSettled} from '/assets/api.js';
import {el, icon, progressBar, setText} from '/assets/dom.js';
import {age, bitrate, bytes, clock, jobLine} from '/assets/format.js';
import {Player} from '/assets/player.js';

const kRetryMs = 3000;
const kRefreshMs = 4000;

/// While the video grows, in short segments: each can be played sooner.
function manifestOf(video) {
  return isSettled(video) ? video.manifestUrl : `${video.manifestUrl}?segment=2`;
}

export class WatchView {
  title = 'Video';
  #id;
  #titled;
  #abort = new AbortController();
  #stop = () => {};
  #retryTimer = 0;
  #refreshTimer = 0;
  #storyboard = null;
  #settled = true;
  #player = null;
  #stage = el('div', {class: 'stage'});
  #heading = el('h1', {}, '');
  #facts = el('p', {class: 'facts'});
  #job = el('div', {class: 'job', hidden: true});
  #jobText = el('p', {role: 'status'});
  #jobBar = progressBar('Encoding');
  #formats = el('details', {class: 'formats', hidden: true});

  /// `titled(text)` is told the video's title once it is known.
  constructor(id, titled) {
    this.#id = id;
    this.#titled = titled;
    this.#job.append(this.#jobText, this.#jobBar);
    this.element = el('div', {class: 'page watch'}, this.#stage,
        el('div', {class: 'watch-text'}, this.#heading, this.#facts, this.#job, this.#formats));
    this.#blank('film', 'Loading…');
    this.#load();
  }

  close() {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#refreshTimer);
    this.#abort.abort();
    this.#stop();
    this.#player?.close();
  }

  async #load() {
    try {
      const video = await getVideo(this.#id, this.#abort.signal);
      this.#draw(video);
      if (!isSettled(video)) this.#stop = followVideo(this.#id, (now) => this.#draw(now));
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      if (error.status === 404 || error.status === 400 || error.status === 410) {
        this.#gone();
        return;
      }
      this.#blank('alert', `${error.message} Trying again…`);
      this.#retryTimer = setTimeout(() => this.#load(), kRetryMs);
    }
  }

  #gone() {
    this.#player?.close();
    this.#player = null;
    setText(this.#heading, 'Video not found');
    this.#titled('Video not found');
    this.#blank('alert', 'There is no video at this address. It may have been deleted.',
                el('a', {class: 'button', href: '/'}, 'Go to the library'));
    [this.#facts, this.#job, this.#formats].forEach((part) => { part.hidden = true; });
  }

  #draw(video) {
    if (!video) {
      this.#gone();
      return;
    }
    setText(this.#heading, video.title);
    this.#titled(video.title);
    setText(this.#facts, this.#factsOf(video));
    this.#drawJob(video);
    this.#drawStage(video);
    this.#drawFormats(video);
  }

  #factsOf({createdAt, durationSeconds, source, sizeBytes}) {
    const shape = source?.width ? `${source.width} × ${source.height}` : '';
    const rate = source?.frameRate ? `${Number(source.frameRate.toFixed(2))} fps` : '';
    return [age(createdAt), durationSeconds ? clock(durationSeconds) : '', shape, rate,
            bytes(sizeBytes)].filter(Boolean).join(' · ');
  }

  #drawJob(video) {
    const texts = {
      uploading: 'The file is still being uploaded.',
      queued: 'Waiting to be encoded.',
      processing: video.watchable ? 'You can watch while the rest is encoded.' : 'Encoding.',
    };
    this.#job.hidden = !(video.state in texts);
    if (this.#job.hidden) return;
    const line = jobLine(video.progress);
    setText(this.#jobText, [texts[video.state], line].filter(Boolean).join(' '));
    this.#jobBar.setFraction(video.progress?.fraction ?? null);
  }

  #drawStage(video) {
    if (video.state === 'failed') {
      this.#player?.close();
      this.#player = null;
      this.#blank('alert', 'This video could not be encoded.', el('p', {class: 'reason'},
                  video.failure?.detail ?? ''), el('a', {class: 'button', href: '/upload'},
                  'Upload another file'));
    } else if (!video.watchable) {
      this.#blank('film', 'Playback starts here as soon as the first seconds are encoded.');
    } else if (!this.#player) {
      this.#play(video);
    } else {
      this.#update(video);
    }
  }

  #play(video) {
    this.#player = new Player();
    const {width, height} = video.source ?? {};
    const {element} = this.#player;
    if (width && height) element.style.setProperty('--shape', width / height);
    else if (video.source) element.classList.add('player-sound');
    const statistics = el('button', {class: 'button narrow-only', type: 'button',
                                     onclick: () => this.#player.toggleStatistics()}, 'Statistics');
    this.#stage.replaceChildren(this.#player.element, this.#player.statistics.element, statistics);
    this.#player.open({...video, manifestUrl: manifestOf(video)});
    this.#update(video);
    this.#storyboard = video.storyboardUrl;
  }


  #update(video) {
    const settled = isSettled(video);
    this.#player.fullSeconds = settled ? 0 : video.durationSeconds;
    if (video.storyboardUrl !== this.#storyboard || (settled && !this.#settled)) {
      this.#storyboard = video.storyboardUrl;
      if (video.storyboardUrl) this.#player.loadStoryboard(video.storyboardUrl);
    }
    if (!settled || !this.#settled) this.#refreshLater();
    this.#settled = settled;
  }

  /// At the first news, then once a while: a change of the stream costs the viewer a moment.
  #refreshLater() {
    if (this.#refreshTimer) return;
    this.#refreshTimer = setTimeout(() => {
      this.#refreshTimer = 0;
      this.#player?.refresh();
    }, kRefreshMs);
  }

  #blank(name, text, ...more) {
    const shown = this.#stage.firstElementChild;
    if (shown?.dataset.text === text && more.length === 0) return;
    this.#stage.replaceChildren(el('div', {class: 'blank', 'data-text': text}, icon(name),
                                   el('p', {}, text), ...more));
  }

  #drawFormats({formats}) {
    const ready = formats.filter((format) => format.state === 'ready' && format.itag != null);
    this.#formats.hidden = ready.length === 0;
    if (this.#formats.hidden || this.#formats.childElementCount - 1 === ready.length) return;
    const kinds = {muxed: 'Video with sound', video: 'Video alone', audio: 'Sound alone'};
    const rows = ready.map((format) => el('tr', {},
        el('td', {}, kinds[format.kind] ?? format.kind), el('td', {}, format.quality),
        el('td', {class: 'wide-only'}, format.codecs),
        el('td', {}, bitrate(format.averageBitrateBps)),
        el('td', {}, bytes(format.sizeBytes)),
        el('td', {}, el('a', {href: format.url, download: '', 'aria-label':
            `Download ${format.quality}, ${kinds[format.kind] ?? ''}`}, icon('download')))));
    this.#formats.replaceChildren(el('summary', {}, 'Formats and downloads'),
        el('table', {}, el('thead', {}, el('tr', {},
            ...['Kind', 'Quality', 'Codecs', 'Bit rate', 'Size', ''].map((name) => (
              el('th', {scope: 'col', class: name === 'Codecs' ? 'wide-only' : null}, name))))),
           el('tbody', {}, ...rows)));
  }
}
