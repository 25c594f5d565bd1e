// A live stream: waits for it, plays it, and says when it has ended.

import {getLiveStreams} from '/assets/api.js';
import {el, icon, setText} from '/assets/dom.js';
import {age} from '/assets/format.js';
import {Player} from '/assets/player.js';

const kWaitMs = 1500;
const kLookMs = 5000;

export class LiveView {
  #name;
  #abort = new AbortController();
  #timer = 0;
  #player = null;
  #since = '';
  #stage = el('div', {class: 'stage'});
  #state = el('span', {class: 'live-state', hidden: true});
  #facts = el('span', {});

  /// `titled(text)` is told what the page is called.
  constructor(name, titled) {
    this.#name = name;
    this.title = name;
    titled(name);
    this.element = el('div', {class: 'page watch'}, this.#stage,
        el('div', {class: 'watch-text'}, el('h1', {}, name),
           el('p', {class: 'facts'}, this.#state, this.#facts)));
    this.#blank('broadcast', 'Looking for the stream…');
    this.#look();
  }

  close() {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#player?.close();
  }

  async #look() {
    try {
      const {streams} = await getLiveStreams(this.#abort.signal);
      this.#draw(streams.find((stream) => stream.name === this.#name));
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      if (!this.#player) this.#blank('alert', `${error.message} Trying again…`);
    }
    this.#timer = setTimeout(() => this.#look(), this.#player ? kLookMs : kWaitMs);
  }

  #draw(stream) {
    this.#drawFacts(stream);
    if (stream && stream.state !== 'starting') {
      if (!this.#player || this.#since !== stream.since) this.#play(stream);
      return;
    }
    // What is buffered can be watched to its end.
    if (this.#player && !stream) return;
    this.#stop();
    this.#blank('broadcast', stream ? 'The stream begins in a moment…' :
      'This stream has not begun. It plays here as soon as the producer starts.');
  }

  #drawFacts(stream) {
    const texts = {starting: 'Starting', live: 'Live', ended: 'Ended'};
    this.#state.hidden = !stream;
    this.#state.dataset.state = stream?.state ?? '';
    setText(this.#state, texts[stream?.state] ?? '');
    if (!stream) {
      setText(this.#facts, '');
      return;
    }
    const qualities = stream.renditions.filter(({kind}) => kind === 'video')
        .map(({quality}) => quality).filter((quality) => quality !== 'source')
        .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
    setText(this.#facts, [`began ${age(stream.since)}`, qualities.join(', ')].filter(Boolean)
        .join(' · '));
  }

  #play(stream) {
    this.#stop();
    this.#since = stream.since;
    this.#player = new Player({live: true});
    const {element, statistics} = this.#player;
    element.addEventListener('gone', () => this.#gone());
    const button = el('button', {class: 'button narrow-only', type: 'button',
                                 onclick: () => this.#player.toggleStatistics()}, 'Statistics');
    this.#stage.replaceChildren(element, statistics.element, button);
    this.#player.open({manifestUrl: stream.manifestUrl, title: this.#name});
  }

  #stop() {
    this.#player?.close();
    this.#player = null;
  }

  /// The server has forgotten it; it may come back under the same name.
  #gone() {
    this.#stop();
    this.#blank('broadcast', 'The stream was interrupted. It plays here again as soon as it is back.');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), kWaitMs);
  }

  #blank(name, text) {
    if (this.#stage.firstElementChild?.dataset.text === text) return;
    this.#stage.replaceChildren(el('div', {class: 'blank', 'data-text': text, role: 'status'},
                                   icon(name), el('p', {}, text)));
  }
}
