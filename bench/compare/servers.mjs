// The servers that are compared, each as its documentation advises for static files: one worker on
// one CPU, sendfile, open files kept, no access log.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { execFileSync, spawn } from 'node:child_process';

const kDescriptors = 20000;
const kConnections = 19000;

function nginx({ folder, www, port, tlsPort, tls }) {
  const config = path.join(folder, 'nginx.conf');
  // .m3u8 without sendfile and .mp4 without tcp_nopush are faster here: a small body costs more by
  // sendfile, and with tcp_nopush ranges of 64 KiB stall 40 ms.
  fs.writeFileSync(config, `
daemon off; worker_processes 1; worker_rlimit_nofile ${kDescriptors};
pid ${folder}/nginx.pid; error_log ${folder}/nginx.log crit;
events { use epoll; worker_connections ${kConnections}; multi_accept on; }
http {
  types { application/vnd.apple.mpegurl m3u8; video/iso.segment m4s; video/mp4 mp4; }
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_timeout 300s; keepalive_requests 1000000000;
  open_file_cache max=10000 inactive=300s; open_file_cache_valid 60s;
  open_file_cache_min_uses 1; open_file_cache_errors on;
  server {
    listen 127.0.0.1:${port} reuseport backlog=65535;
    listen 127.0.0.1:${tlsPort} ssl http2 reuseport backlog=65535;
    ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};
    ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:s:10m; ssl_buffer_size 16k;
    http2_max_requests 1000000000;
    root ${www};
    location ~ \\.m3u8$ { sendfile off; }
    location ~ \\.mp4$ { tcp_nopush off; }
  }
}
`);
  return ['/usr/sbin/nginx', '-c', config, '-e', `${folder}/nginx.log`];
}

function h2o({ folder, www, port, tlsPort, tls }) {
  const config = path.join(folder, 'h2o.yaml');
  fs.writeFileSync(config, `
num-threads: 1
max-connections: ${kConnections}
tcp-fastopen: 0
http1-request-timeout: 300
http2-idle-timeout: 300
listen: {host: 127.0.0.1, port: ${port}}
listen:
  host: 127.0.0.1
  port: ${tlsPort}
  ssl: {certificate-file: ${tls.certificate}, key-file: ${tls.key}, ocsp-update-interval: 0}
file.mime.addtypes:
  application/vnd.apple.mpegurl: .m3u8
  video/iso.segment: .m4s
hosts:
  default:
    paths: {/: {file.dir: ${www}}}
`);
  return ['/usr/bin/h2o', '-m', 'worker', '-c', config];
}

function lighttpd({ folder, www, port, tlsPort, tls }) {
  const config = path.join(folder, 'lighttpd.conf');
  fs.writeFileSync(config, `
server.modules = ("mod_openssl")
server.document-root = "${www}"
server.bind = "127.0.0.1"
server.port = ${port}
server.event-handler = "linux-sysepoll"
server.network-backend = "sendfile"
server.max-fds = ${kDescriptors}
server.max-connections = 9999
server.listen-backlog = 65535
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = 300
server.stat-cache-engine = "simple"
server.errorlog = "${folder}/lighttpd.log"
mimetype.assign = (".m3u8" => "application/vnd.apple.mpegurl", ".m4s" => "video/iso.segment",
                   ".mp4" => "video/mp4")
$SERVER["socket"] == "127.0.0.1:${tlsPort}" {
  ssl.engine = "enable"
  ssl.pemfile = "${tls.certificate}"
  ssl.privkey = "${tls.key}"
}
`);
  return ['/usr/sbin/lighttpd', '-D', '-f', config];
}

function millrace({ folder, www, port, tlsPort, tls, build }) {
  const binary = path.join(build, 'bin/millrace');
  const store = path.join(folder, 'store');
  fs.mkdirSync(store, { recursive: true });
  const settings = [
    `server.listen=127.0.0.1:${port}`, 'server.cores=1', `store.root=${store}`,
    `files.folder=${path.join(www, 'files')}`, 'files.recheck_after=60s', 'log.level=warning',
    'http.idle_timeout=5min', `http.connections_per_address_max=${kConnections}`,
    ...tlsSettings(binary, tlsPort, tls),
  ];
  return [binary, ...settings.flatMap((setting) => ['--set', setting])];
}

function tlsSettings(binary, tlsPort, tls) {
  if (!millraceHasTls(binary)) return [];
  return [`tls.listen=["127.0.0.1:${tlsPort}"]`,
    `tls.certificate=[{ certificate = "${tls.certificate}", key = "${tls.key}" }]`];
}

function millraceHasTls(binary) {
  return /^\[tls\]/m.test(execFileSync(binary, ['--print-config'], { encoding: 'utf8' }));
}

const floor = ({ www, port, build }) =>
  [path.join(build, 'bench/compare_floor'), String(port), path.join(www, 'files')];

/** The same by io_uring, for one small file only. */
const ring = ({ www, port, build }) =>
  [path.join(build, 'bench/compare_ring_floor'), String(port), path.join(www, 'files/list.m3u8')];

export const kServers = { floor, ring, nginx, h2o, lighttpd, millrace };

/** Why a server cannot run a case; '' when it can. */
export function unfit(name, testCase, build) {
  if (name === 'floor' && !testCase.hasFloor) return 'no floor of this case';
  if (name === 'ring' && !(testCase.kind === 'load' && testCase.file === 'playlist' && !testCase.closes)) {
    return 'it knows one small file';
  }
  if (name === 'millrace' && testCase.tls && !millraceHasTls(path.join(build, 'bin/millrace'))) {
    return 'skipped: this build of millrace has no [tls]';
  }
  return '';
}

/** All processes of a tree, its root first. */
function processes(root) {
  const found = [root];
  for (const parent of found) {
    const children = `/proc/${parent}/task/${parent}/children`;
    if (fs.existsSync(children)) {
      found.push(...fs.readFileSync(children, 'utf8').split(' ').filter(Boolean).map(Number));
    }
  }
  return found;
}

/** A server that runs on CPU 0. */
export class Server {
  static async start(name, place) {
    const command = kServers[name](place);
    const log = fs.openSync(path.join(place.folder, `${name}.out`), 'w');
    const child = spawn('taskset', ['-c', '0', ...command], { stdio: ['ignore', log, log] });
    fs.closeSync(log);
    const server = new Server(name, child);
    for (let attempt = 0; attempt < 1200; attempt += 1) {
      if (child.exitCode !== null) break;
      const answer = await fetch(`http://127.0.0.1:${place.port}/files/list.m3u8`).catch(() => null);
      if (answer?.status === 200) return server;
      await new Promise((resolve) => { setTimeout(resolve, 25); });
    }
    await server.stop();
    throw new Error(`${name} does not serve; see ${place.folder}/${name}.out`);
  }

  constructor(name, child) {
    this.name = name;
    this.child = child;
    this.ended = new Promise((resolve) => { child.once('exit', resolve); });
  }

  get pids() { return processes(this.child.pid); }

  /** Resident memory of all processes in KiB. */
  get rssKib() {
    const of = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    return this.pids.reduce((sum, pid) => sum + of(pid), 0);
  }

  /** CPU seconds of all live threads: nanoseconds, where utime and stime are ticks. */
  get cpuSeconds() {
    let ns = 0;
    for (const pid of this.pids) {
      for (const thread of fs.readdirSync(`/proc/${pid}/task`)) {
        const file = `/proc/${pid}/task/${thread}/schedstat`;
        if (fs.existsSync(file)) ns += Number(fs.readFileSync(file, 'utf8').split(' ')[0]);
      }
    }
    return ns / 1e9;
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    const hurry = setTimeout(() => this.child.kill('SIGKILL'), 3000);
    await this.ended;
    clearTimeout(hurry);
  }
}
