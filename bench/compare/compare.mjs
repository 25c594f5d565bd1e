#!/usr/bin/env node
// millrace beside nginx, h2o and lighttpd on the same files, and beside the floor, which is what the
// kernel alone asks for. The server has CPU 0, the load CPU 1; rounds are interleaved, so that what
// else runs on the machine hits all alike.
//   bench/compare/compare.mjs [--rounds 5] [--seconds 2] [--cases a,b] [--servers a,b] [--json FILE]
//                         [--build build/release]
// Before: tools/setup bench; cmake --preset release && ninja -C build/release millrace compare_load
// compare_floor. As root it runs in a network namespace with cubic for all, and with a priority that
// other work on the machine does not take from it.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { randomFillSync } from 'node:crypto';
import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kCases, kFiles } from './cases.mjs';
import { measure } from './measure.mjs';
import { caseReport } from './report.mjs';
import { kServers, Server, unfit } from './servers.mjs';

const self = fileURLToPath(import.meta.url);
const root = path.resolve(path.dirname(self), '../..');
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    cases: { type: 'string', default: kCases.map((one) => one.name).join(',') },
    servers: { type: 'string', default: Object.keys(kServers).join(',') },
    build: { type: 'string', default: path.join(root, 'build/release') },
    json: { type: 'string', default: '' },
    inside: { type: 'boolean', default: false },
  },
});

/** Starts this program again in a namespace and a session (hence autogroup) of its own. */
function isolate() {
  const again = spawn('setsid', ['-w', 'unshare', '--net', process.execPath, self, ...process.argv.slice(2), '--inside'], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => again.kill(signal));
  again.once('exit', (code) => process.exit(code ?? 1));
}

function prepareNamespace() {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  // By route, because a namespace may not choose for itself what its parent does not offer to all.
  execFileSync('ip', ['route', 'replace', 'local', '127.0.0.0/8', 'dev', 'lo', 'proto', 'kernel',
    'scope', 'host', 'src', '127.0.0.1', 'table', 'local', 'congctl', 'cubic']);
  execFileSync('ip', ['route', 'replace', 'local', '127.0.0.1', 'dev', 'lo', 'proto', 'kernel',
    'scope', 'host', 'src', '127.0.0.1', 'table', 'local', 'congctl', 'cubic']);
  const settings = {
    'net/ipv4/ip_local_port_range': '1100 65000',
    'net/core/somaxconn': '65535', 'net/ipv4/tcp_max_syn_backlog': '65535',
  };
  for (const [name, value] of Object.entries(settings)) {
    try {
      fs.writeFileSync(`/proc/sys/${name}`, value);
    } catch (error) {
      console.log(`note: ${name} could not be set: ${error.message}`);
    }
  }
  try {
    fs.writeFileSync('/proc/self/autogroup', '-15');
  } catch {
    console.log('note: the priority could not be raised');
  }
}

function makeFiles(www) {
  fs.mkdirSync(path.join(www, 'files'), { recursive: true });
  for (const { paths, size } of Object.values(kFiles)) {
    for (const name of paths) {
      const file = path.join(www, name);
      if (!fs.existsSync(file) || fs.statSync(file).size !== size) {
        fs.writeFileSync(file, randomFillSync(Buffer.alloc(size)));
      }
      fs.readFileSync(file);  // Into the page cache.
    }
  }
}

function makeCertificate(folder) {
  const tls = { certificate: path.join(folder, 'cert.pem'), key: path.join(folder, 'key.pem') };
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
    '-nodes', '-keyout', tls.key, '-out', tls.certificate, '-days', '30', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' });
  return tls;
}

function chosen(all, list) {
  return list.split(',').map((name) => {
    if (all.includes(name)) return name;
    console.error(`compare: no ${name}; there are ${all.join(', ')}`);
    return process.exit(64);
  });
}

async function runCase(testCase, servers, place, notes) {
  const runs = [];
  for (let round = 0; round < Number(options.rounds); round += 1) {
    for (const name of servers) {
      const server = await Server.start(name, place);
      try {
        const run = await measure(testCase, server, place, Number(options.seconds));
        runs.push({ case: testCase.name, server: name, round, load: os.loadavg()[0], ...run });
      } catch (error) {
        notes.push(`note: ${name}, round ${round}: ${error.message.trim()}`);
      } finally {
        await server.stop();
      }
    }
  }
  return runs;
}

async function main() {
  if (process.getuid() === 0 && !options.inside) return isolate();
  if (options.inside) prepareNamespace();
  else console.log('note: not root, so without a network namespace and without priority');
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'compare-'));
  fs.chmodSync(work, 0o755);
  const www = path.join(options.build, 'compare-www');
  makeFiles(www);
  const place = { folder: work, www, port: 18080, tlsPort: 18443, build: options.build, tls: makeCertificate(work) };
  const all = [];
  console.log(`${options.rounds} rounds of ${options.seconds} s; load average ${os.loadavg().map((n) => n.toFixed(1)).join(' ')}; Linux ${os.release()}`);
  for (const caseName of chosen(kCases.map((one) => one.name), options.cases)) {
    const testCase = kCases.find((one) => one.name === caseName);
    const notes = [];
    const servers = chosen(Object.keys(kServers), options.servers).filter((name) => {
      const why = unfit(name, testCase, options.build);
      if (why.startsWith('skipped')) notes.push(`${name} ${why}`);
      return why === '';
    });
    const runs = await runCase(testCase, servers, place, notes);
    all.push(...runs);
    console.log(caseReport(testCase, runs, all, notes));
  }
  console.log(`\nload average at the end ${os.loadavg().map((n) => n.toFixed(1)).join(' ')}`);
  if (options.json) fs.writeFileSync(options.json, JSON.stringify(all, null, 1));
  fs.rmSync(work, { recursive: true });
  return undefined;
}

await main();
