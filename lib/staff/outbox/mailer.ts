import nodemailer from 'nodemailer';
import type { Env } from '#lib/kernel/env.ts';

/** Hands one message to a mail server. Throws `MailRefused`. */
export type Mailer = {
  send(message: { id: string; to: string; subject: string; text: string }): Promise<void>;
  close(): void;
};

/** Thrown when the mail server did not take a message. `permanent`: it said that it never will (a 5xx answer to this message). */
export class MailRefused extends Error {
  override name = 'MailRefused';
  readonly permanent: boolean;
  constructor(message: string, permanent: boolean) {
    super(message);
    this.permanent = permanent;
  }
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The mail server of SMTP_URL (RFC 5321, submission by RFC 6409), or `null` when none is configured. TLS is required except on this
 * very machine. A message's id is its notice's, so a repeated one can be told by the receiver (RFC 5322, Message-ID).
 */
export function mailerOf(env: Pick<Env, 'SMTP_URL' | 'SMTP_FROM' | 'GATEHOUSE_URL'>): Mailer | null {
  if (!env.SMTP_URL || !env.SMTP_FROM) return null;
  const url = new URL(env.SMTP_URL);
  const secure = url.protocol === 'smtps:';
  const transport = nodemailer.createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (secure ? 465 : 587)),
    secure,
    requireTLS: !secure && !loopback.has(url.hostname),
    ignoreTLS: loopback.has(url.hostname),
    ...(url.username
      ? { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }
      : {}),
    connectionTimeout: 5_000,
    greetingTimeout: 5_000,
    socketTimeout: 15_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const from = { name: 'Gatehouse', address: env.SMTP_FROM };
  const host = new URL(env.GATEHOUSE_URL).hostname;
  return {
    async send({ id, to, subject, text }) {
      try {
        await transport.sendMail({ from, to: { name: '', address: to }, subject, text, messageId: `<${id}@${host}>` });
      } catch (error) {
        const { responseCode, code } = error as { responseCode?: number; code?: string };
        // A 5xx about our own sign-in or sender is for the administrator to mend, not the end of the message.
        const permanent = responseCode !== undefined && responseCode >= 500 && code === 'EENVELOPE';
        throw new MailRefused(`${code ?? 'failed'}${responseCode ? ` ${responseCode}` : ''}`, permanent);
      }
    },
    close: () => transport.close(),
  };
}
