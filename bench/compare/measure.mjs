// One run of one case against one server.
import * as path from 'node:path';
import { spawn } from 'node:child_process';
import { kFiles } from './cases.mjs';

/** Runs a program on CPU 1 and yields what it printed. */
function onOtherCpu(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn('taskset', ['-c', '1', command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (bytes) => { out += bytes; });
    child.stderr.on('data', (bytes) => { err += bytes; });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${command}: ${err || out}`));
    });
  });
}

const loadProgram = (place) => path.join(place.build, 'bench/compare_load');

function loadArguments(testCase, server, place, seconds) {
  const file = kFiles[testCase.file];
  return [
    '--port', String(place.port), '--connections', String(testCase.connections),
    '--seconds', String(seconds), '--pids', server.pids.join(','),
    ...(testCase.range ? ['--range', `${testCase.range}:${file.size}`] : []),
    ...(testCase.closes ? ['--close'] : []),
    ...(testCase.kind === 'herd' ? ['--herd'] : []),
    ...file.paths,
  ];
}

async function runLoad(testCase, server, place, seconds) {
  const found = JSON.parse(await onOtherCpu(loadProgram(place), loadArguments(testCase, server, place, seconds)));
  return {
    seconds: found.seconds,
    requests: found.requests,
    bytes: found.bytes,
    errors: found.errors,
    cpu: found.server_cpu_s,
    clientCpu: found.client_cpu_s,
    foreign: Math.max(0, found.cpu0_busy_s - found.server_cpu_s) / found.seconds,
    p50: found.p50_ms,
    p99: found.p99_ms,
  };
}

const kUnits = { us: 0.001, ms: 1, s: 1000, m: 60000 };
const inMs = (text) => {
  const [, value, unit] = /^([\d.]+)(us|ms|s|m)$/.exec(text) ?? [];
  return value === undefined ? NaN : Number(value) * kUnits[unit];
};

async function runWrk(testCase, server, place, seconds) {
  const file = kFiles[testCase.file];
  const address = `https://127.0.0.1:${place.tlsPort}${file.paths[0]}`;
  const before = server.cpuSeconds;
  const text = await onOtherCpu('wrk', ['-t', '1', '-c', String(testCase.connections),
    '-d', `${Math.ceil(seconds)}s`, '--latency', address]);
  const cpu = server.cpuSeconds - before;
  const [, requests, took] = /(\d+) requests in ([\d.]+\w+)/.exec(text);
  const sockets = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text);
  const statuses = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  return {
    seconds: inMs(took) / 1000,
    requests: Number(requests),
    bytes: Number(requests) * file.size,
    errors: statuses + (sockets?.slice(1).reduce((sum, n) => sum + Number(n), 0) ?? 0),
    cpu,
    p50: inMs(/50%\s+([\d.]+\w+)/.exec(text)?.[1] ?? ''),
    p99: inMs(/99%\s+([\d.]+\w+)/.exec(text)?.[1] ?? ''),
  };
}

async function runH2load(testCase, server, place, seconds) {
  const file = kFiles[testCase.file];
  const before = server.cpuSeconds;
  const text = await onOtherCpu('h2load', ['-t', '1', '-c', String(testCase.connections),
    '-m', String(testCase.streams), '-D', String(Math.ceil(seconds)),
    `https://127.0.0.1:${place.tlsPort}${file.paths[0]}`]);
  const cpu = server.cpuSeconds - before;
  const requests = Number(/(\d+) 2xx/.exec(text)[1]);
  const failed = Number(/(\d+) failed/.exec(text)[1]);
  const took = Number(/finished in ([\d.]+)s/.exec(text)?.[1] ?? Math.ceil(seconds));
  return { seconds: took, requests, bytes: requests * file.size, errors: failed, cpu, p50: NaN, p99: NaN };
}

/** Opens connections that ask once and stay; yields what the load said and how to end it. */
async function crowd(testCase, place, connections) {
  const child = spawn('taskset', ['-c', '1', loadProgram(place), '--port', String(place.port),
    '--connections', String(connections), '--idle', ...kFiles[testCase.file].paths],
  { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  const line = await new Promise((resolve) => { child.stdout.once('data', (bytes) => resolve(String(bytes))); });
  await new Promise((resolve) => { setTimeout(resolve, 1500); });
  return { ...JSON.parse(line), leave: () => { child.stdin.end(); return ended; } };
}

// The second half of the connections tells what one more costs: with the first, buffers and pools
// that serve all of them are touched for the first time.
async function runIdle(testCase, server, place) {
  const before = server.rssKib;
  const first = await crowd(testCase, place, Math.floor(testCase.connections / 2));
  const between = server.rssKib;
  const second = await crowd(testCase, place, Math.ceil(testCase.connections / 2));
  const after = server.rssKib;
  await Promise.all([first.leave(), second.leave()]);
  return {
    errors: first.errors + second.errors,
    connections: first.connections + second.connections,
    rssBefore: before,
    bytesPerConnection: (after - between) * 1024 / second.connections,
  };
}

export function measure(testCase, server, place, seconds) {
  switch (testCase.kind) {
    case 'idle': return runIdle(testCase, server, place);
    case 'wrk': return runWrk(testCase, server, place, seconds);
    case 'h2load': return runH2load(testCase, server, place, seconds);
    default: return runLoad(testCase, server, place, seconds);
  }
}
