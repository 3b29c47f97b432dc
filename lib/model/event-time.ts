import { z } from 'zod';

/** When an event happened, as addresses carry it: an instant in UTC. The database has no year 0. */
export const eventTime = z.iso.datetime().regex(/^(?!0000)/);
