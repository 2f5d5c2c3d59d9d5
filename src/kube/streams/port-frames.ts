/** What a server sent of a forwarded port. */
type PortFrame =
  | { readonly data: Buffer }
  /** Of its error, or of the port: nothing to deliver. */
  | { readonly data: undefined }
  | { readonly violation: string };

/** The two channels of one forwarded port. */
export interface PortFrames {
  /** Reads one message. */
  read(message: Buffer, isBinary: boolean): PortFrame;
  /** The server's words on what failed; empty if nothing did. */
  error(): string;
}

/** The channel of bytes, in both directions, and that of an error. Source: k8s.io/kubelet/pkg/cri/streaming/portforward. */
export const portChannels = { data: 0, error: 1 } as const;

/** In bytes, what is kept of an error. */
const longestError = 8 * 1024;

/** Each channel begins with the port, in two bytes of which the lower is first. */
export function portFrames(port: number): PortFrames {
  const prefix = Buffer.of(port & 0xff, port >> 8);
  /** By channel, how much of the port came. */
  const begun = [0, 0];
  const words: Buffer[] = [];
  let length = 0;

  const keep = (bytes: Buffer) => {
    const kept = bytes.subarray(0, longestError - length);
    length += kept.length;
    if (kept.length > 0) words.push(kept);
  };
  return {
    read: (message, isBinary) => {
      if (!isBinary) return { violation: 'a text message, where all are binary' };
      const [channel] = message;
      if (channel === undefined) return { violation: 'a message without a channel' };
      const at = begun[channel];
      if (at === undefined) return { violation: `a message for channel ${channel}, of 0 and 1` };
      const bytes = message.subarray(1);
      const due = prefix.subarray(at, at + bytes.length);
      if (!bytes.subarray(0, due.length).equals(due))
        return { violation: `another port than ${port} at the beginning of channel ${channel}` };
      begun[channel] = at + due.length;
      const rest = bytes.subarray(due.length);
      if (channel === portChannels.data) return { data: rest.length > 0 ? rest : undefined };
      keep(rest);
      return { data: undefined };
    },
    error: () => Buffer.concat(words).toString('utf8').trim(),
  };
}
