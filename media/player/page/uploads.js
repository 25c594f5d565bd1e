// The queue of uploads. It belongs to the page, not to a view: it goes on while one watches.

import {followVideo, kUploadAddress} from '/assets/api.js';
import {TusUpload} from '/assets/tus.js';
import {UploadMemory, fingerprint} from '/assets/upload_memory.js';

/// "holiday_2024-final.mp4" is titled "holiday 2024-final".
function titleOf(name) {
  const bare = name.replace(/\.[^.]{1,5}$/, '').replaceAll('_', ' ').trim();
  return (bare || name).slice(0, 200);
}

/// One file: first the bytes, then what the server makes of them.
class Item extends EventTarget {
  video = null;
  gone = false;
  #stop = () => {};

  constructor(file) {
    super();
    this.key = fingerprint(file);
    this.name = file.name;
    const metadata = {filename: file.name, title: titleOf(file.name)};
    if (file.type) metadata.filetype = file.type;
    this.upload = new TusUpload(file, {endpoint: kUploadAddress, metadata,
                                       memory: new UploadMemory(file)});
    this.upload.addEventListener('change', () => {
      if (this.upload.state === 'done') this.#follow();
      this.dispatchEvent(new Event('change'));
    });
  }

  get size() { return this.upload.size; }
  get offset() { return this.upload.offset; }

  #follow() {
    this.#stop = followVideo(this.upload.videoId, (video) => {
      this.video = video;
      this.gone = video === null;
      this.dispatchEvent(new Event('change'));
    });
  }

  close() {
    this.#stop();
    if (this.upload.state !== 'done') this.upload.cancel();
  }
}

class Uploads extends EventTarget {
  items = [];

  get running() {
    const states = ['waiting', 'sending', 'retrying'];
    return this.items.filter(({upload}) => states.includes(upload.state));
  }

  /// A file that is in the list already is not added twice; a failed one is tried again.
  add(files) {
    for (const file of files) {
      const known = this.items.find((item) => item.key === fingerprint(file));
      if (known && known.upload.state !== 'failed') continue;
      if (known) this.remove(known);
      const item = new Item(file);
      item.addEventListener('change', () => this.#changed());
      this.items.push(item);
    }
    this.#changed();
  }

  remove(item) {
    item.close();
    this.items = this.items.filter((other) => other !== item);
    this.#changed();
  }

  resume(item) {
    item.upload.start();
  }

  /// One after the other: the first video is watchable soonest that way.
  #changed() {
    const busy = this.items.some(({upload}) => ['sending', 'retrying'].includes(upload.state));
    const next = busy ? null : this.items.find(({upload}) => upload.state === 'waiting');
    next?.upload.start();
    this.dispatchEvent(new Event('change'));
  }
}

export const uploads = new Uploads();
