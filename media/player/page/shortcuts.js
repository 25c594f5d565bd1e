// The keyboard: one table that the keys and the help window are both made of.

import {el, icon} from '/assets/dom.js';

/// `player` offers the verbs; the first key of a row is the one that help shows first.
function rows(player) {
  return [
    {keys: [' ', 'k'], says: 'Play or pause', does: () => player.togglePlay()},
    {keys: ['ArrowLeft', 'ArrowRight'], says: 'Back or forward 5 seconds',
     does: (key) => player.skip(key === 'ArrowLeft' ? -5 : 5)},
    {keys: ['j', 'l'], says: 'Back or forward 10 seconds',
     does: (key) => player.skip(key === 'j' ? -10 : 10)},
    {keys: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], shown: ['0', '–', '9'],
     says: 'Go to a tenth of the video', does: (key) => player.seekToShare(Number(key) / 10)},
    {keys: ['e'], says: 'To the newest pictures of a live stream', does: () => player.goLive()},
    {keys: ['ArrowUp', 'ArrowDown'], says: 'Louder or quieter',
     does: (key) => player.changeVolume(key === 'ArrowUp' ? 0.05 : -0.05)},
    {keys: ['m'], says: 'Mute', does: () => player.toggleMute()},
    {keys: ['<', '>'], says: 'Slower or faster',
     does: (key) => player.stepSpeed(key === '<' ? -1 : 1)},
    {keys: ['c'], says: 'Captions', does: () => player.toggleCaptions()},
    {keys: ['f'], says: 'Full screen', does: () => player.toggleFullscreen()},
    {keys: ['p'], says: 'Picture in picture', does: () => player.togglePictureInPicture()},
    {keys: ['s'], says: 'Statistics', does: () => player.toggleStatistics()},
    {keys: ['?'], says: 'This help', does: () => player.toggleHelp()},
  ];
}

const kShown = {' ': 'Space', ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓'};

/// A key that the focused element uses itself is not a shortcut.
function belongsToFocus(event) {
  const target = event.target;
  if (target.closest('input[type=range]')) return event.key.startsWith('Arrow');
  if (target.closest('input, textarea, select, [contenteditable]')) return true;
  if (target.closest('button, a, summary')) return event.key === ' ' || event.key === 'Enter';
  return false;
}

export class Shortcuts {
  #rows;
  #listener = (event) => this.#press(event);
  #dialog;

  constructor(player) {
    this.#rows = rows(player);
    const close = el('button', {class: 'control', type: 'button', 'aria-label': 'Close',
                                onclick: () => this.#dialog.close()}, icon('close'));
    const table = this.#rows.map(({keys, shown, says}) => el('div', {class: 'help-row'},
        el('dt', {}, ...(shown ?? keys).map((key) => (
          key === '–' ? el('span', {}, '–') : el('kbd', {}, kShown[key] ?? key)))),
        el('dd', {}, says)));
    this.#dialog = el('dialog', {class: 'help', 'aria-label': 'Keyboard shortcuts'},
        el('header', {}, el('h2', {}, 'Keyboard'), close), el('dl', {}, ...table));
    this.element = this.#dialog;
    document.addEventListener('keydown', this.#listener);
  }

  toggleHelp() {
    if (this.#dialog.open) this.#dialog.close();
    else this.#dialog.showModal();
  }

  close() {
    document.removeEventListener('keydown', this.#listener);
    this.#dialog.remove();
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (this.#dialog.open && event.key !== '?') return;
    if (belongsToFocus(event)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const row = this.#rows.find((candidate) => candidate.keys.includes(key));
    if (!row) return;
    event.preventDefault();
    row.does(key);
  }
}
