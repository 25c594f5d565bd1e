// The panel under the player: quality, buffer, throughput and dropped frames over the last minutes.

import {el} from '/assets/dom.js';
import {bitrate} from '/assets/format.js';

const kSampleMs = 500;
const kWindowSeconds = 120;
const kSamplesMax = (kWindowSeconds * 1000) / kSampleMs;

const kWholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

const kCharts = [
  {name: 'Quality', value: (m) => m.quality || null, stepped: true, colour: '--accent',
   text: (v) => (v ? `${v}p` : '–'), floor: 240},
  {name: 'Buffer', value: (m) => m.bufferSeconds, colour: '--water',
   text: (v) => `${v.toFixed(1)} s`, floor: 10},
  {name: 'Throughput', value: (m) => m.throughputBps / 1e6, colour: '--warm',
   text: (v) => (v ? bitrate(v * 1e6) : '–'), floor: 1},
  {name: 'Dropped frames', value: (m) => m.droppedFrames, stepped: true, colour: '--bad',
   text: (v) => String(v), floor: 5},
];

const kLatencyChart = {
  name: 'Latency', value: (m) => m.latencySeconds || null, colour: '--accent',
  text: (v) => (v ? `${v.toFixed(2)} s` : '–'), floor: 2};

export class Statistics {
  #engine;
  #times = [];
  #series;
  #plots = [];
  #timer = 0;
  #closed = new AbortController();
  #start = performance.now();
  #uPlot = null;
  #figures;
  #charts;

  constructor(engine, {live = false} = {}) {
    this.#engine = engine;
    this.#charts = live ? [kLatencyChart, ...kCharts] : kCharts;
    this.#series = this.#charts.map(() => []);
    this.#figures = this.#charts.map(({name}) => {
      const value = el('span', {class: 'stat-value'}, '–');
      const chart = el('div', {class: 'stat-chart', 'aria-hidden': 'true'});
      const element = el('figure', {class: 'stat'},
          el('figcaption', {}, el('span', {}, name), value), chart);
      return {element, value, chart};
    });
    const attributes = {class: 'stats', 'aria-label': 'Playback statistics', hidden: true};
    this.element = el('section', attributes, ...this.#figures.map(({element}) => element));
    this.#timer = setInterval(() => this.#sample(), kSampleMs);
    new ResizeObserver(() => this.#resize()).observe(this.element);
    matchMedia('(prefers-color-scheme: dark)').addEventListener(
        'change', () => this.#redraw(), {signal: this.#closed.signal});
  }

  get isOpen() { return !this.element.hidden; }

  async toggle() {
    this.element.hidden = !this.element.hidden;
    if (this.element.hidden || this.#uPlot) return;
    try {
      if (!document.querySelector('link[href="/assets/vendor/uplot.css"]')) {
        document.head.append(el('link', {rel: 'stylesheet', href: '/assets/vendor/uplot.css'}));
      }
      this.#uPlot = (await import('/assets/vendor/uplot.mjs')).default;
      this.#redraw();
    } catch {
      this.element.prepend(el('p', {class: 'notice'}, 'The charts are missing: this server was ' +
          'built without npm. The numbers are right all the same.'));
    }
  }

  close() {
    clearInterval(this.#timer);
    this.#closed.abort();
    this.#plots.forEach((plot) => plot.destroy());
  }

  #sample() {
    const measured = this.#engine.measure();
    this.#times.push((performance.now() - this.#start) / 1000);
    this.#charts.forEach((chart, i) => this.#series[i].push(chart.value(measured)));
    if (this.#times.length > kSamplesMax) {
      this.#times.shift();
      this.#series.forEach((values) => values.shift());
    }
    if (!this.isOpen) return;
    this.#figures.forEach(({value}, i) => {
      value.textContent = this.#charts[i].text(this.#series[i].at(-1) ?? 0);
    });
    this.#plots.forEach((plot, i) => plot.setData([this.#times, this.#series[i]]));
  }

  #resize() {
    this.#plots.forEach((plot, i) => {
      const width = this.#figures[i].chart.clientWidth;
      if (width > 0) plot.setSize({width, height: plot.height});
    });
  }

  #redraw() {
    if (!this.#uPlot) return;
    this.#plots.forEach((plot) => plot.destroy());
    this.#plots = this.#charts.map((chart, i) => this.#plot(chart, i));
  }

  #plot(chart, i) {
    const uPlot = this.#uPlot;
    const style = getComputedStyle(document.documentElement);
    const colour = style.getPropertyValue(chart.colour).trim();
    const axis = {stroke: style.getPropertyValue('--soft').trim(), font: '11px system-ui',
                  grid: {stroke: style.getPropertyValue('--line').trim(), width: 1},
                  ticks: {show: false}};
    return new uPlot({
      width: this.#figures[i].chart.clientWidth || 240,
      height: 96,
      legend: {show: false},
      cursor: {show: false},
      padding: [6, 4, 8, 0],
      scales: {
        x: {time: false, range: (u, min, max) => [Math.max(0, max - kWindowSeconds),
                                                  Math.max(max, 30)]},
        y: {range: (u, min, max) => [0, Math.max(chart.floor, (max ?? 0) * 1.15)]},
      },
      axes: [{...axis, show: false}, {...axis, size: 38, space: 30, incrs: kWholeSteps}],
      series: [{}, {
        stroke: colour, width: 2, fill: `color-mix(in srgb, ${colour} 16%, transparent)`,
        points: {show: false},
        paths: chart.stepped ? uPlot.paths.stepped({align: 1}) : undefined,
      }],
    }, [this.#times, this.#series[i]], this.#figures[i].chart);
  }
}
