import net from 'node:net';

export type CaughtMail = { to: string; text: string };

/** A mail server that keeps what it gets: for tests. It speaks just enough SMTP (RFC 5321) for one sender at a time. */
export async function openMailSink(): Promise<{ url: string; mails: CaughtMail[]; close(): Promise<void> }> {
  const mails: CaughtMail[] = [];
  const server = net.createServer((socket) => {
    let to = '';
    let body: string[] | null = null;
    let rest = '';
    socket.on('error', () => socket.destroy());
    socket.write('220 sink\r\n');
    socket.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (body) {
          if (line !== '.') body.push(line);
          else {
            // Long lines come as quoted-printable; soft breaks are taken out so that links are whole again.
            const text = body
              .join('\n')
              .replace(/=\n/g, '')
              .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
            mails.push({ to, text });
            body = null;
            socket.write('250 kept\r\n');
          }
          continue;
        }
        const command = line.slice(0, 4).toUpperCase();
        if (command === 'RCPT') to = /<([^>]*)>/.exec(line)?.[1] ?? '';
        if (command === 'DATA') body = [];
        if (command === 'QUIT') socket.end('221 bye\r\n');
        else socket.write(command === 'DATA' ? '354 go on\r\n' : '250 ok\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
