// Listens on loopback, for HTTP and HTTPS on the same port: a browser is told to send every request for a host there, whatever its scheme.

import { createServer as createHTTPServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Certificate } from './certificate.js';

/** A server that listens. */
export interface Server {
  port: number;
  /** Closes all connections, and ends. */
  stop(): Promise<void>;
}

const tlsHandshake = 0x16; // The first byte of a TLS connection.

/** Starts a server on a port of 127.0.0.1, 0 for a free one. */
export async function listen(port: number, certificate: Certificate, handle: RequestListener): Promise<Server> {
  const http = createHTTPServer({ maxHeaderSize: 1 << 20 }, handle);
  const secureContext = createSecureContext({ key: certificate.key, cert: certificate.cert });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // The browser has closed it.
    socket.once('readable', () => {
      const first = socket.read(1) as Buffer | null;
      if (!first) return void socket.destroy();
      socket.unshift(first);
      if (first[0] !== tlsHandshake) return void http.emit('connection', socket);
      const secure = new TLSSocket(socket, { isServer: true, secureContext });
      secure.on('error', () => socket.destroy());
      http.emit('connection', secure);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
