// The picture above the seek bar: a WebVTT file maps times to parts of one sprite sheet.

function seconds(stamp) {
  return stamp.split(':').reduce((sum, part) => sum * 60 + Number.parseFloat(part), 0);
}

/// Cues {start, end, url, x, y, width, height} in order of time; what does not parse is left out.
export function parseStoryboard(text, base) {
  const cues = [];
  for (const block of text.replaceAll('\r', '').split('\n\n')) {
    const times = /([\d:.]+)\s+-->\s+([\d:.]+)/.exec(block);
    const image = /^(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)\s*$/m.exec(block);
    if (!times || !image) continue;
    const [x, y, width, height] = image.slice(2).map(Number);
    const url = new URL(image[1], base).href;
    cues.push({start: seconds(times[1]), end: seconds(times[2]), url, x, y, width, height});
  }
  return cues.sort((a, b) => a.start - b.start);
}

export class Storyboard {
  #cues = [];

  /// A video without a storyboard has none; that is no error.
  async load(url) {
    try {
      const response = await fetch(url);
      if (response.ok) this.#cues = parseStoryboard(await response.text(), response.url);
    } catch {
      this.#cues = [];
    }
    // The sheet is one image: have it before the first hover.
    if (this.#cues.length > 0) new Image().src = this.#cues[0].url;
  }

  at(time) {
    return this.#cues.findLast((cue) => cue.start <= time) ?? this.#cues[0] ?? null;
  }
}
