// Starts, stops and kills the real server on a free port with a store of its own.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = process.env.MILLRACE_BUILD ?? path.join(root, 'build/dev');

/** The path of one of our programs in the build folder. */
export function program(name) {
  const file = path.join(build, 'bin', name);
  if (!fs.existsSync(file)) throw new Error(`no ${file}; run: ninja -C ${build} ${name}`);
  return file;
}

/** A clip made by tests/clips/make. */
export function clip(name) {
  const file = path.join(root, 'build/clips', name);
  if (!fs.existsSync(file)) throw new Error(`no ${file}; run: tests/clips/make build/clips`);
  return file;
}

/** A value as TOML: as JSON, but for tables. */
function toml(value) {
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{ ${Object.entries(value).map(([key, one]) => `${key} = ${toml(one)}`).join(', ')} }`;
}

/** Makes a certificate for 127.0.0.1 and localhost that nobody trusts. Returns its two files. */
export function selfSigned(folder) {
  const files = { certificate: path.join(folder, 'tls.pem'), key: path.join(folder, 'tls.key') };
  const made = spawnSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
    '-keyout', files.key, '-out', files.certificate], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`openssl req: ${made.stderr ?? made.error}`);
  return files;
}

export function temporaryFolder() {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-e2e-'));
}

export class Millrace {
  /** Ready to serve when the promise is kept. `settings` are lines of TOML by section, `options`
   *  words for the command line. */
  static async start({
    folder = temporaryFolder(), settings = {}, options = [], seconds = 30 } = {}) {
    const server = new Millrace(folder, settings);
    server.options = options;
    await server.restart(seconds);
    return server;
  }

  constructor(folder, settings) {
    this.folder = folder;
    this.store = path.join(folder, 'store');
    this.config = path.join(folder, 'millrace.toml');
    this.options = [];
    this.log = '';
    this.hasTls = settings.tls !== undefined;
    this.hasRtmp = settings.live?.rtmp_listen !== undefined;
    const sections = { ...settings };
    sections.server = { listen: '127.0.0.1:0', ...sections.server };
    sections.store = { root: this.store, ...sections.store };
    sections.http = { lag_max: '1min', ...sections.http };  // Tests share their machine.
    fs.writeFileSync(this.config, Object.entries(sections).map(([name, values]) =>
      `[${name}]\n` + Object.entries(values).map(([key, value]) =>
        `${key} = ${toml(value)}\n`).join('')).join('\n'));
  }

  /** Starts the process again on the same store, on another port. */
  async restart(seconds = 30) {
    const child = spawn(program('millrace'), ['--config', this.config, ...this.options],
                        { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.ended = once(child, 'exit');
    child.stderr.setEncoding('utf8').on('data', (text) => { this.log += text; });
    this.url = await new Promise((resolve, reject) => {
      let printed = '';
      const late = setTimeout(() => fail(`said nothing for ${seconds} s`), seconds * 1000);
      const fail = (why) => {
        clearTimeout(late);
        reject(new Error(`millrace did not start: ${why}\n${this.log}\n${printed}`));
      };
      child.on('error', (error) => fail(error.message));
      child.on('exit', (code, signal) => fail(`exit ${code ?? signal}`));
      child.stdout.setEncoding('utf8').on('data', (text) => {
        printed += text;
        const match = /millrace: listening on (http:\/\/\S+)/.exec(printed);
        const secure = /millrace: listening on (https:\/\/\S+)/.exec(printed);
        const rtmp = /millrace: listening on (rtmp:\/\/\S+)/.exec(printed);
        if (!match || (this.hasTls && !secure) || (this.hasRtmp && !rtmp)) return;
        this.secureUrl = secure?.[1].replace(/\/$/, '');
        this.rtmpUrl = rtmp?.[1];
        clearTimeout(late);
        child.removeAllListeners('exit');
        resolve(match[1].replace(/\/$/, ''));
      });
    });
    this.ended = child.exitCode === null && child.signalCode === null
      ? once(child, 'exit') : Promise.resolve([child.exitCode, child.signalCode]);
  }

  running() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** kill -9: what a power cut leaves behind, as far as a process can know. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** An orderly end. Returns the exit code; a server that hangs is killed and gives 'hung'. */
  async stop(seconds = 30) {
    if (!this.running()) return this.child.exitCode ?? this.child.signalCode;
    this.child.kill('SIGTERM');
    const late = setTimeout(() => { this.hung = true; this.child.kill('SIGKILL'); },
                            seconds * 1000);
    const [code, signal] = await this.ended;
    clearTimeout(late);
    return this.hung ? 'hung' : code ?? signal;
  }

  async stopAndRemove() {
    const code = await this.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`millrace ended with ${code}:\n${this.log.slice(-4000)}`);
  }

  /** Process ids of the workers that run now. */
  workers() {
    return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((pid) => {
      try {
        const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return Number(parent) === this.child.pid && state !== 'Z';
      } catch {
        return false;  // It ended while we looked.
      }
    }).map(Number);
  }

  /** Files and folders below the store, as sorted relative paths. */
  files(below = '') {
    const start = path.join(this.store, below);
    if (!fs.existsSync(start)) return [];
    return fs.readdirSync(start, { recursive: true }).map(String).sort();
  }
}
