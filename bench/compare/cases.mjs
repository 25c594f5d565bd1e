// What is asked for, and the goals of each case: ratios of CPU a request, unless they say else.
const names = (stem, count) =>
  Array.from({ length: count }, (_, i) => `/files/${stem}-${String(i).padStart(2, '0')}.m4s`);

export const kFiles = {
  playlist: { paths: ['/files/list.m3u8'], size: 2048 },
  part: { paths: names('part', 80), size: 100 * 1024 },
  segment: { paths: names('segment', 19), size: 2 * 1024 * 1024 },
  film: { paths: ['/files/film.mp4'], size: 50 * 1000 * 1000 },
};

const small = { nginx: 0.70, floor: 1.25 };
const part = { nginx: 0.85, floor: 1.15 };
const segment = { nginx: 1.0, floor: 1.10 };

/** kind: 'load' (compare_load), 'wrk' and 'h2load' over TLS, 'idle', 'herd'. */
export const kCases = [
  { name: 'playlist64', text: 'playlist of 2 KB, 64 connections', kind: 'load', file: 'playlist', connections: 64, goals: small },
  { name: 'playlist1000', text: 'playlist of 2 KB, 1,000 connections', kind: 'load', file: 'playlist', connections: 1000, goals: small },
  { name: 'part64', text: 'part of 100 KB, 64 connections', kind: 'load', file: 'part', connections: 64, goals: part },
  { name: 'part1000', text: 'part of 100 KB, 1,000 connections', kind: 'load', file: 'part', connections: 1000, goals: part },
  { name: 'segment16', text: 'segment of 2 MB, 16 connections', kind: 'load', file: 'segment', connections: 16, goals: segment },
  { name: 'segment256', text: 'segment of 2 MB, 256 connections', kind: 'load', file: 'segment', connections: 256, goals: segment },
  { name: 'range64', text: '64 KB ranges of a 50 MB file, 64 connections', kind: 'load', file: 'film', connections: 64, range: 65536, goals: { nginx: 0.85 } },
  { name: 'close64', text: 'playlist of 2 KB, a connection for each request', kind: 'load', file: 'playlist', connections: 64, closes: true, goals: { nginx: 0.85 } },
  { name: 'tls-segment', text: 'TLS 1.3, segment of 2 MB, 16 connections', kind: 'wrk', tls: true, file: 'segment', connections: 16, goals: { nginx: 0.65 } },
  { name: 'tls-playlist', text: 'TLS 1.3, playlist of 2 KB, 64 connections', kind: 'wrk', tls: true, file: 'playlist', connections: 64, goals: { nginx: 0.75 } },
  { name: 'h2-playlist', text: 'HTTP/2 over TLS, playlist of 2 KB, 64 connections of 10 streams', kind: 'h2load', tls: true, file: 'playlist', connections: 64, streams: 10, goals: { h2o: 1.0 } },
  { name: 'idle', text: 'idle keep-alive connections after one playlist each', kind: 'idle', file: 'playlist', connections: 9900, goals: { bytes: 512 } },
  { name: 'herd', text: '10,000 connections ask for a part at the same instant', kind: 'herd', file: 'part', connections: 10000, goals: { herd: 1.2 } },
].map((testCase) => ({ hasFloor: !testCase.tls && testCase.kind !== 'herd', ...testCase }));
