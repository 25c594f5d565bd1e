// Elements without a framework, and nothing that a strict Content-Security-Policy forbids.

const kSvg = 'http://www.w3.org/2000/svg';

/// `el('button', {class: 'x', onclick: f, hidden: true}, 'text', child)`. A function attribute is a
/// listener, true and false set and leave out, null is left out; null children are skipped.
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(kSvg, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS(kSvg, 'use'));
  setIcon(svg, name);
  return svg;
}

export function setIcon(svg, name) {
  svg.firstChild.setAttribute('href', `/assets/icons.svg#${name}`);
}

/// Text only when it changes: a screen reader repeats what is set again.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/// A bar of 0..1; `fraction` null is "working, nobody knows how long".
export function progressBar(label) {
  const fill = el('div', {class: 'race-fill'});
  const bar = el('div', {class: 'race', role: 'progressbar', 'aria-label': label,
                         'aria-valuemin': 0, 'aria-valuemax': 100}, fill);
  bar.setFraction = (fraction) => {
    bar.classList.toggle('race-unknown', fraction == null);
    if (fraction == null) {
      bar.removeAttribute('aria-valuenow');
      fill.style.width = '';
      return;
    }
    bar.setAttribute('aria-valuenow', Math.floor(fraction * 100));
    fill.style.width = `${Math.min(100, fraction * 100).toFixed(2)}%`;
  };
  return bar;
}
