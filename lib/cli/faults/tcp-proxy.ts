import net from 'node:net';

/** `pass`: as if it were not there. `blackhole`: takes everything in and lets nothing out, as a dead network does. */
export type ProxyMode = 'pass' | 'blackhole';
export type TcpProxy = { port: number; setMode(mode: ProxyMode): void; swallowed(): number; close(): Promise<void> };

/** A proxy between us and a server, to be made deaf at will. Connections of before stay open and hear nothing more. */
export async function tcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  let mode: ProxyMode = 'pass';
  let swallowed = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(target.port, target.host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        if (mode === 'blackhole') swallowed += chunk.length;
        else to.write(chunk);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        if (mode === 'pass') to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    setMode: (wanted) => {
      mode = wanted;
    },
    swallowed: () => swallowed,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
