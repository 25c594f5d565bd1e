// Which view the address asks for. The page stays loaded while the views change, so that uploads go
// on while one watches.

import {setText} from '/assets/dom.js';
import {percent} from '/assets/format.js';
import {LibraryView} from '/assets/library_view.js';
import {LiveView} from '/assets/live_view.js';
import {uploads} from '/assets/uploads.js';
import {UploadView} from '/assets/upload_view.js';
import {WatchView} from '/assets/watch_view.js';

const main = document.getElementById('view');
const veil = document.querySelector('.drop-veil');
const uploadsLink = document.querySelector('.top-uploads');
let view = null;
let viewName = '';

function setTitle(text) {
  document.title = text ? `${text} – millrace` : 'millrace';
}

function watchedId(address) {
  const match = /^\/watch\/([^/]+)\/?$/.exec(address.pathname);
  if (match) return decodeURIComponent(match[1]);
  return address.pathname === '/' ? address.searchParams.get('v') : null;
}

function liveName(address) {
  const match = /^\/live\/([^/]+)\/?$/.exec(address.pathname);
  return match && decodeURIComponent(match[1]);
}

function viewFor(address) {
  const live = liveName(address);
  if (live) return ['live', () => new LiveView(live, setTitle)];
  const id = watchedId(address);
  if (id) return ['watch', () => new WatchView(id, setTitle)];
  if (address.pathname === '/upload') return ['upload', () => new UploadView()];
  return ['library', () => new LibraryView(address, navigate)];
}

function show(address, {moveFocus}) {
  const [name, make] = viewFor(address);
  if (name === viewName && view.revisit) {
    view.revisit(address);
    return;
  }
  view?.close();
  viewName = name;
  view = make();
  setTitle(view.title);
  main.replaceChildren(view.element);
  for (const link of document.querySelectorAll('nav [data-view]')) {
    if (link.dataset.view === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (moveFocus) {
    main.focus({preventScroll: true});
    window.scrollTo(0, 0);
  }
}

function navigate(path, {replace = false} = {}) {
  const address = new URL(path, location.href);
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  show(address, {moveFocus: !replace});
}

function isOurs(address) {
  return address.origin === location.origin &&
      (address.pathname === '/' || address.pathname === '/upload' ||
       /^\/(watch|live)\//.test(address.pathname));
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href]');
  if (!link || event.button !== 0 || event.defaultPrevented) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute('download') || link.classList.contains('skip')) return;
  const address = new URL(link.href);
  if (!isOurs(address)) return;
  event.preventDefault();
  navigate(address.href);
});

window.addEventListener('popstate', () => show(new URL(location.href), {moveFocus: false}));

function carriesFiles(event) {
  return event.dataTransfer?.types.includes('Files');
}

// A file may be dropped anywhere; a miss must not replace the page by the file.
window.addEventListener('dragover', (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  veil.hidden = false;
});
window.addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) veil.hidden = true;
});
window.addEventListener('drop', (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  veil.hidden = true;
  uploads.add([...event.dataTransfer.files]);
  if (viewName !== 'upload') navigate('/upload');
});

uploads.addEventListener('change', () => {
  const running = uploads.running;
  uploadsLink.hidden = running.length === 0;
  if (running.length === 0) return;
  const total = running.reduce((sum, item) => sum + item.size, 0);
  const sent = running.reduce((sum, item) => sum + item.offset, 0);
  setText(uploadsLink, `Uploading ${percent(total > 0 ? sent / total : 0)}`);
});

window.addEventListener('beforeunload', (event) => {
  if (uploads.running.length > 0) event.preventDefault();
});

show(new URL(location.href), {moveFocus: false});
