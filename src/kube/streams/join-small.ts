/** Messages of up to this size in bytes are joined. */
const small = 1024;
/** Maximum size in bytes of a joined message. */
const most = 16 * 1024;

interface Joined<C> {
  pass(channel: C, bytes: Buffer): void;
  flush(): void;
}

/**
 * Joins small messages of one channel that arrive together, because each small message takes a hundred times its size in memory. Joined
 * bytes are passed on as soon as the current read has ended.
 */
export function joinSmall<C>(pass: (channel: C, bytes: Buffer) => void): Joined<C> {
  let waiting: { readonly channel: C; readonly first: Buffer } | undefined;
  let memory: Buffer | undefined;
  let length = 0;
  const flush = () => {
    if (!waiting) return;
    const { channel, first } = waiting;
    const bytes = memory && length > first.length ? Buffer.from(memory.subarray(0, length)) : first;
    waiting = undefined;
    length = 0;
    pass(channel, bytes);
  };
  return {
    flush,
    pass: (channel, bytes) => {
      if (waiting && (waiting.channel !== channel || length + bytes.length > most)) flush();
      if (bytes.length > small) {
        flush();
        pass(channel, bytes);
        return;
      }
      memory ??= Buffer.alloc(most);
      length += bytes.copy(memory, length);
      if (waiting) return;
      waiting = { channel, first: bytes };
      queueMicrotask(flush);
    },
  };
}
