// The upload page: choose or drop files, see them sent and encoded, go and watch.

import {isSettled} from '/assets/api.js';
import {el, icon, progressBar, setText} from '/assets/dom.js';
import {age, bytes, jobLine, percent, timeLeft} from '/assets/format.js';
import {uploads} from '/assets/uploads.js';
import {forgetUpload, unfinishedUploads} from '/assets/upload_memory.js';

class Row {
  #item;
  #text = el('p', {class: 'upload-text', role: 'status'});
  #bar;
  #pause;
  #remove;
  #watch;
  #closed = new AbortController();

  constructor(item) {
    this.#item = item;
    this.#bar = progressBar(`Progress of ${item.name}`);
    this.#pause = el('button', {class: 'button', type: 'button', onclick: () => this.#toggle()});
    this.#remove = el('button', {class: 'control', type: 'button', title: 'Remove',
                                 onclick: () => uploads.remove(item)}, icon('close'));
    this.#watch = el('a', {class: 'button button-main', hidden: true}, icon('play'), 'Watch');
    this.element = el('li', {class: 'upload'},
        el('div', {class: 'upload-head'},
           el('span', {class: 'upload-name', title: item.name}, item.name),
           el('span', {class: 'upload-size'}, bytes(item.size)),
           this.#watch, this.#pause, this.#remove),
        this.#bar, this.#text);
    item.addEventListener('change', () => this.draw(), {signal: this.#closed.signal});
    this.draw();
  }

  close() {
    this.#closed.abort();
    this.element.remove();
  }

  #toggle() {
    const {upload} = this.#item;
    if (upload.state === 'paused' || upload.state === 'failed') uploads.resume(this.#item);
    else upload.pause();
  }

  draw() {
    const {upload, video} = this.#item;
    const {state} = upload;
    const sent = state === 'done';
    this.element.dataset.state = sent ? video?.state ?? 'queued' : state;
    setText(this.#text, sent ? this.#encodingText() : this.#sendingText());
    if (sent) this.#bar.setFraction(this.#encodedFraction());
    else this.#bar.setFraction(upload.size > 0 ? upload.offset / upload.size : 0);
    this.#pause.hidden = sent;
    const stopped = state === 'paused' || state === 'failed';
    setText(this.#pause, state === 'failed' ? 'Try again' : stopped ? 'Resume' : 'Pause');
    this.#remove.setAttribute('aria-label', sent ? `Remove ${this.#item.name} from this list` :
                                                   `Cancel the upload of ${this.#item.name}`);
    this.#watch.hidden = !video?.watchable;
    if (video) this.#watch.setAttribute('href', `/watch/${video.id}`);
  }

  #sendingText() {
    const {upload} = this.#item;
    const done = percent(upload.size > 0 ? upload.offset / upload.size : 0);
    switch (upload.state) {
      case 'waiting': return 'Waits for its turn';
      case 'paused': return `Paused at ${done}`;
      case 'failed': return `Not accepted: ${upload.problem?.message ?? 'unknown reason'}`;
      case 'retrying':
        if (upload.problem?.status === 507) {
          return `${done} · The server's disk is full. Trying again…`;
        }
        return `${done} · The server does not answer. It goes on by itself as soon as it does.`;
      default: {
        const speed = upload.speed > 0 ? `${bytes(upload.speed)}/s` : '';
        return [done, speed, timeLeft(upload.secondsLeft)].filter(Boolean).join(' · ');
      }
    }
  }

  #encodedFraction() {
    const {video} = this.#item;
    if (this.#item.gone || (video && isSettled(video))) return 1;
    return video?.state === 'processing' ? video.progress?.fraction ?? null : null;
  }

  #encodingText() {
    const {video, gone} = this.#item;
    if (gone) return 'Deleted on the server';
    switch (video?.state) {
      case 'ready': return 'Ready';
      case 'failed': return video.failure?.detail ?? 'It could not be encoded.';
      case 'processing': return `Encoding ${jobLine(video.progress)}`;
      default: return 'Uploaded. Waits to be encoded';
    }
  }
}

export class UploadView {
  title = 'Upload';
  #list = el('ul', {class: 'uploads'});
  #rows = new Map();
  #input = el('input', {class: 'visually-hidden', id: 'files', type: 'file', multiple: true,
                        accept: 'video/*,audio/*,.mkv,.ts,.flv,.avi',
                        onchange: () => this.#chosen()});
  #unfinished = el('section', {class: 'unfinished', hidden: true});
  #changed = () => this.#draw();

  constructor() {
    this.element = el('div', {class: 'page'}, el('h1', {}, 'Upload'),
        this.#input,
        el('label', {class: 'drop', for: 'files'}, icon('upload'),
           el('strong', {}, 'Drop videos here, or choose files'),
           el('span', {}, 'An upload goes on after a lost connection, a closed lid or a restart ' +
                          'of the server.')),
        this.#unfinished, this.#list);
    uploads.addEventListener('change', this.#changed);
    this.#drawUnfinished();
    this.#draw();
  }

  close() {
    uploads.removeEventListener('change', this.#changed);
    this.#rows.forEach((row) => row.close());
  }

  #chosen() {
    uploads.add([...this.#input.files]);
    this.#input.value = '';
  }

  #draw() {
    const items = new Set(uploads.items);
    for (const [item, row] of this.#rows) {
      if (items.has(item)) continue;
      row.close();
      this.#rows.delete(item);
    }
    const fresh = [...items].filter((item) => !this.#rows.has(item));
    for (const item of fresh) {
      const row = new Row(item);
      this.#rows.set(item, row);
      this.#list.append(row.element);
    }
    if (fresh.length > 0) this.#drawUnfinished();
  }

  /// A page cannot open a file again by itself after a reload: one has to choose it once more.
  #drawUnfinished() {
    const here = new Set(uploads.items.map(({key}) => key));
    const waiting = unfinishedUploads()
        .filter((entry) => !here.has(`${entry.name}|${entry.size}|${entry.lastModified}`));
    this.#unfinished.hidden = waiting.length === 0;
    this.#unfinished.replaceChildren(el('h2', {}, 'Unfinished'),
        el('p', {}, 'Choose the same file again and it continues where it stopped.'),
        el('ul', {}, ...waiting.map((entry) => el('li', {},
            el('span', {class: 'upload-name'}, entry.name),
            el('span', {class: 'upload-size'},
               `${bytes(entry.size)} · ${age(new Date(entry.startedAt))}`),
            el('label', {class: 'button', for: 'files'}, 'Choose the file'),
            el('button', {class: 'control', type: 'button', 'aria-label': `Forget ${entry.name}`,
                          title: 'Forget', onclick: () => {
                            forgetUpload(entry.key);
                            this.#drawUnfinished();
                          }}, icon('close'))))));
  }
}
