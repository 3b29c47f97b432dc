import pino from 'pino';

/** One JSON line an entry, UTC, to stderr: stdout belongs to what a command answers. Secrets by their usual names are removed. */
export const log = pino(
  {
    level: process.env.LOG_LEVEL ?? 'info',
    base: { process: process.env.GATEHOUSE_PROCESS ?? 'gatehouse' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: [
        '*.password',
        '*.token',
        '*.secret',
        '*.authorization',
        '*.cookie',
        'password',
        'token',
        'secret',
        'authorization',
        'cookie',
      ],
      censor: '[removed]',
    },
    serializers: {
      err: (error: unknown) => {
        if (!(error instanceof Error)) return { message: String(error) };
        // Connection strings can stand in a driver's message.
        const hide = (text: string) => text.replace(/\b(postgres(?:ql)?|smtps?):\/\/[^\s'"]+/g, '$1://[removed]');
        return { type: error.name, message: hide(error.message), stack: hide(error.stack ?? '') };
      },
    },
  },
  pino.destination({ fd: 2, sync: true }),
);
