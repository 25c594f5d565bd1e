// A proxy between the page and the server that breaks connections as a bad network does.
import { once } from 'node:events';
import * as net from 'node:net';

export class CuttingProxy {
  #server = net.createServer((client) => this.#accept(client));
  #target;
  #sockets = new Set();
  #left = Infinity;
  #spent = () => {};
  #holds = false;

  static async start(url) {
    const proxy = new CuttingProxy();
    proxy.#target = new URL(url);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    proxy.port = proxy.#server.address().port;
    proxy.url = `http://127.0.0.1:${proxy.port}`;
    return proxy;
  }

  /** Resolves when `bytes` more have gone to the server; then the rest is held back. */
  after(bytes) {
    this.#left = bytes;
    return new Promise((resolve) => { this.#spent = resolve; });
  }

  /** Every connection breaks. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** As cut(), and nobody listens at the address until release(). */
  async vanish() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  async release() {
    this.#left = Infinity;
    this.#holds = false;
    if (this.#server.listening) return;
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  stop() {
    this.#server.close();
    this.cut();
  }

  #accept(client) {
    const server = net.connect(this.#target.port, this.#target.hostname);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    server.pipe(client);
    client.on('data', (bytes) => {
      if (this.#holds) {
        client.pause();  // For good: such a connection is cut, or given up by the page.
        return;
      }
      const some = bytes.subarray(0, this.#left);
      this.#left -= some.length;
      if (!server.write(some)) {
        client.pause();
        server.once('drain', () => client.resume());
      }
      if (this.#left > 0) return;
      this.#holds = true;
      client.pause();
      this.#spent();
    });
  }
}
