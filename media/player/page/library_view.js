// The library: every video with its picture, state and progress; search and paging in the address.

import {followVideo, getVideos, isSettled} from '/assets/api.js';
import {el, icon, progressBar, setText} from '/assets/dom.js';
import {age, clock, jobLine} from '/assets/format.js';
import {LiveStrip} from '/assets/live_strip.js';

const kPageSize = 24;
const kSearchDelayMs = 250;

const kStates = {uploading: 'Uploading', queued: 'Waiting to encode', processing: 'Encoding',
                 failed: 'Failed'};

export function bestQuality(video) {
  const sizes = video.formats.filter((format) => format.height > 0)
      .map((format) => Math.min(format.width || Infinity, format.height));
  return sizes.length > 0 ? `${Math.max(...sizes)}p` : '';
}

class Card {
  #state = el('span', {class: 'chip'});
  #length = el('span', {class: 'card-length'});
  #bar = progressBar('Encoding');
  #title = el('span', {class: 'card-title'});
  #note = el('span', {class: 'card-note'});
  #picture = el('img', {alt: '', loading: 'lazy', decoding: 'async', hidden: true});
  #poster = '';

  constructor(video) {
    this.#picture.addEventListener('error', () => { this.#picture.hidden = true; });
    this.element = el('a', {class: 'card', href: `/watch/${video.id}`},
        el('span', {class: 'card-picture'}, icon('film'), this.#picture, this.#state, this.#length,
           this.#bar),
        this.#title, this.#note);
    this.draw(video);
  }

  draw(video) {
    setText(this.#title, video.title);
    const busy = !isSettled(video);
    this.element.dataset.state = video.state;
    this.#state.hidden = video.state === 'ready';
    setText(this.#state, kStates[video.state] ?? '');
    this.#length.hidden = !video.durationSeconds;
    setText(this.#length, clock(video.durationSeconds));
    this.#bar.hidden = !busy;
    if (busy) this.#bar.setFraction(video.progress?.fraction ?? null);
    setText(this.#note, this.#noteFor(video));
    if (video.posterUrl && video.posterUrl !== this.#poster) {
      this.#poster = video.posterUrl;
      this.#picture.src = video.posterUrl;
      this.#picture.hidden = false;
    }
  }

  #noteFor(video) {
    if (video.state === 'failed') return video.failure?.detail ?? 'It could not be encoded.';
    if (video.state === 'processing') return jobLine(video.progress) || 'Encoding';
    return [age(video.createdAt), bestQuality(video)].filter(Boolean).join(' · ');
  }
}

export class LibraryView {
  title = 'Library';
  #live = new LiveStrip();
  #grid = el('div', {class: 'grid'});
  #status = el('p', {class: 'notice', role: 'status', hidden: true});
  #pager = el('nav', {class: 'pager', 'aria-label': 'Pages', hidden: true});
  #search = el('input', {type: 'search', placeholder: 'Search by title', 'aria-label': 'Search',
                         autocomplete: 'off', maxlength: 200, oninput: () => this.#typed()});
  #navigate;
  #query;
  #page;
  #abort = new AbortController();
  #stops = [];
  #searchTimer = 0;
  #retryTimer = 0;

  constructor(address, navigate) {
    this.#navigate = navigate;
    this.#read(address);
    this.#search.value = this.#query;
    this.element = el('div', {class: 'page library'},
        el('div', {class: 'page-head'}, el('h1', {}, 'Library'),
           el('label', {class: 'search'}, icon('search'), this.#search),
           el('a', {class: 'button button-main', href: '/upload'}, icon('upload'), 'Upload')),
        this.#live.element, this.#status, this.#grid, this.#pager);
    this.#load();
  }

  /// Another search or page of the same view: the field keeps its focus and cursor.
  revisit(address) {
    this.#read(address);
    if (document.activeElement !== this.#search) this.#search.value = this.#query;
    this.#load();
  }

  close() {
    clearTimeout(this.#searchTimer);
    clearTimeout(this.#retryTimer);
    this.#abort.abort();
    this.#live.close();
    this.#stops.forEach((stop) => stop());
  }

  #read(address) {
    this.#query = address.searchParams.get('search') ?? '';
    this.#page = Math.max(1, Number.parseInt(address.searchParams.get('page') ?? '1', 10) || 1);
  }

  #address(page, search = this.#query) {
    const query = new URLSearchParams();
    if (search) query.set('search', search);
    if (page > 1) query.set('page', page);
    const text = query.toString();
    return text ? `/?${text}` : '/';
  }

  #typed() {
    clearTimeout(this.#searchTimer);
    this.#searchTimer = setTimeout(() => {
      this.#navigate(this.#address(1, this.#search.value.trim()), {replace: true});
    }, kSearchDelayMs);
  }

  async #load() {
    this.#abort.abort();
    this.#abort = new AbortController();
    const {signal} = this.#abort;
    clearTimeout(this.#retryTimer);
    try {
      const list = await getVideos({search: this.#query, page: this.#page, pageSize: kPageSize},
                                   signal);
      if (!signal.aborted) this.#draw(list);
    } catch (error) {
      if (signal.aborted) return;
      this.#tell(`The library cannot be shown: ${error.message}`);
      this.#retryTimer = setTimeout(() => this.#load(), 5000);
    }
  }

  #tell(...content) {
    this.#status.replaceChildren(...content);
    this.#status.hidden = content.length === 0;
  }

  #draw({videos, total}) {
    this.#stops.forEach((stop) => stop());
    this.#stops = [];
    this.#grid.replaceChildren(...videos.map((video) => this.#card(video)));
    if (videos.length > 0) {
      this.#tell();
    } else if (this.#query) {
      this.#tell(`No video matches “${this.#query}”.`);
    } else if (this.#page > 1) {
      this.#tell('There is nothing on this page. ', el('a', {href: '/'}, 'Go to the first one'));
    } else {
      this.#tell('No videos yet. ', el('a', {href: '/upload'}, 'Upload the first one'));
    }
    this.#drawPager(total);
  }

  #card(video) {
    const card = new Card(video);
    if (!isSettled(video)) {
      this.#stops.push(followVideo(video.id, (now) => {
        if (now) card.draw(now);
        else card.element.remove();
      }));
    }
    return card.element;
  }

  #drawPager(total) {
    const pages = Math.ceil(total / kPageSize);
    this.#pager.hidden = pages <= 1;
    if (pages <= 1) return;
    const step = (page, text) => (page >= 1 && page <= pages ?
      el('a', {class: 'button', href: this.#address(page)}, text) :
      el('span', {class: 'button', 'aria-disabled': 'true'}, text));
    this.#pager.replaceChildren(step(this.#page - 1, 'Newer'),
        el('span', {}, `Page ${this.#page} of ${pages}`), step(this.#page + 1, 'Older'));
  }
}
