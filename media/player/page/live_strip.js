// The live streams of the moment, above the library.

import {getLiveStreams} from '/assets/api.js';
import {el, icon} from '/assets/dom.js';
import {age} from '/assets/format.js';

const kLookMs = 5000;

export class LiveStrip {
  #cards = el('div', {class: 'live-cards'});
  #abort = new AbortController();
  #timer = 0;
  #shown = '';

  constructor() {
    this.element = el('section', {class: 'live-strip', 'aria-label': 'Live now', hidden: true},
        el('h2', {}, 'Live now'), this.#cards);
    this.#look();
  }

  close() {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  async #look() {
    try {
      const {streams} = await getLiveStreams(this.#abort.signal);
      this.#draw(streams.filter(({state}) => state !== 'ended'));
    } catch {
      // The library below says what is wrong with the server.
    }
    if (!this.#abort.signal.aborted) this.#timer = setTimeout(() => this.#look(), kLookMs);
  }

  #draw(streams) {
    const shown = JSON.stringify(streams.map(({name, since, state}) => [name, age(since), state]));
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.hidden = streams.length === 0;
    this.#cards.replaceChildren(...streams.map(({name, since, state}) => (
      el('a', {class: 'live-card', href: `/live/${encodeURIComponent(name)}`}, icon('broadcast'),
         el('span', {class: 'card-title'}, name),
         el('span', {class: 'live-state', 'data-state': state},
            state === 'live' ? 'Live' : 'Starting'),
         el('span', {class: 'card-note'}, `began ${age(since)}`)))));
  }
}
