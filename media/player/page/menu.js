// A button that opens a list to choose one of: quality, speed, captions.

import {el, icon, setText} from '/assets/dom.js';

export class Menu {
  #choices;
  #chosen;
  #list;
  #away = () => this.close();

  /// `choices()` gives [{value, name, note}], `current()` the chosen value, `chosen(value)` is
  /// called with another one. They are asked each time the menu opens.
  constructor({label, className, choices, current, chosen}) {
    this.#choices = choices;
    this.#chosen = chosen;
    this.current = current;
    this.label = label;
    this.text = el('span', {class: 'menu-text'});
    this.button = el('button', {
      class: `control control-text ${className}`, type: 'button', 'aria-haspopup': 'menu',
      'aria-expanded': 'false', title: label, onclick: () => this.toggle(),
    }, this.text);
    // In the top layer: a small player would cut it off.
    this.#list = el('div', {class: 'menu', role: 'menu', 'aria-label': label, popover: 'manual',
                            onkeydown: (event) => this.#key(event)});
    this.element = el('div', {class: 'menu-anchor'}, this.button, this.#list);
    this.element.addEventListener('focusout', (event) => {
      if (!this.element.contains(event.relatedTarget)) this.close();
    });
  }

  get isOpen() { return this.#list.matches(':popover-open'); }

  setText(text) {
    setText(this.text, text);
    this.button.setAttribute('aria-label', `${this.label}: ${text}`);
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  open() {
    const current = this.current();
    this.#list.replaceChildren(
        el('div', {class: 'menu-title', 'aria-hidden': 'true'}, this.label),
        ...this.#choices().map((choice) => this.#item(choice, choice.value === current)));
    const at = this.button.getBoundingClientRect();
    this.#list.style.setProperty('--right', `${document.documentElement.clientWidth - at.right}px`);
    this.#list.style.setProperty('--bottom', `${window.innerHeight - at.top + 6}px`);
    this.#list.style.setProperty('--room', `${at.top - 16}px`);
    this.#list.showPopover();
    window.addEventListener('scroll', this.#away);
    window.addEventListener('resize', this.#away);
    this.button.setAttribute('aria-expanded', 'true');
    const items = this.#items();
    (items.find((item) => item.ariaChecked === 'true') ?? items[0])?.focus();
  }

  close() {
    if (!this.isOpen) return;
    const hadFocus = this.#list.contains(document.activeElement);
    this.#list.hidePopover();
    window.removeEventListener('scroll', this.#away);
    window.removeEventListener('resize', this.#away);
    this.button.setAttribute('aria-expanded', 'false');
    if (hadFocus) this.button.focus();
  }

  #item(choice, checked) {
    return el('button', {
      class: 'menu-item', type: 'button', role: 'menuitemradio', tabindex: -1,
      'aria-checked': String(checked),
      onclick: () => {
        this.close();
        this.#chosen(choice.value);
      },
    }, icon('check'), el('span', {}, choice.name),
    choice.note ? el('span', {class: 'menu-note'}, choice.note) : null);
  }

  #items() { return [...this.#list.querySelectorAll('.menu-item')]; }

  #key(event) {
    const items = this.#items();
    const at = items.indexOf(document.activeElement);
    const next = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1}[event.key];
    if (next !== undefined) {
      items[(next + items.length) % items.length].focus();
    } else if (event.key === 'Escape') {
      this.close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
