/**
 * How the desk's processes run: room for short-lived objects, because a batch of records makes many and promoting them costs more
 * than the room (some 50 MB a process).
 */
export const nodeOptions: readonly string[] = ['--max-semi-space-size=32'];
