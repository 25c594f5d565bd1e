// What this browser remembers of unfinished uploads, so that choosing the same file again continues
// it: after a reload, a crash, or next day.

const kPrefix = 'millrace.upload.';

/// The same file has the same name, size and time of change; its bytes are not read for this.
export function fingerprint(file) {
  return `${file.name}|${file.size}|${file.lastModified}`;
}

function read(key) {
  try {
    const entry = JSON.parse(localStorage.getItem(key));
    return typeof entry?.url === 'string' && entry.url.startsWith('/') ? entry : null;
  } catch {
    return null;
  }
}

export class UploadMemory {
  key;
  #file;
  #kept = null;  // Where storage is forbidden or full.

  constructor(file) {
    this.#file = file;
    this.key = kPrefix + fingerprint(file);
  }

  load() { return read(this.key) ?? this.#kept; }

  save({url, videoId}) {
    const {name, size, lastModified} = this.#file;
    const entry = {url, videoId, name, size, lastModified, startedAt: Date.now()};
    try {
      localStorage.setItem(this.key, JSON.stringify(entry));
    } catch {
      this.#kept = entry;  // The upload then still survives everything but a reload.
    }
  }

  forget() {
    this.#kept = null;
    try {
      localStorage.removeItem(this.key);
    } catch {
      // Nothing was kept.
    }
  }
}

/// The uploads that wait for their file, newest first: {key, url, videoId, name, size, startedAt}.
export function unfinishedUploads() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(kPrefix))
        .map((key) => ({key, ...read(key)})).filter((entry) => entry.url)
        .sort((a, b) => b.startedAt - a.startedAt);
  } catch {
    return [];
  }
}

export function forgetUpload(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
