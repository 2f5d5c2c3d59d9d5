import { attempt } from '../../attempt.ts';
import { type StreamStatus, streamStatus } from '../../objects.ts';
import { checkType } from '../../schema.ts';

/** Channel numbers, the first byte of a message. Source: k8s.io/apimachinery/pkg/util/remotecommand. */
export const channels = { stdout: 1, stderr: 2, status: 3 } as const;

export type ChannelFrame =
  | { readonly channel: 1 | 2; readonly bytes: Buffer }
  | { readonly channel: 3; readonly bytes: Buffer; readonly status: StreamStatus }
  | { readonly violation: string };

export function splitMessage(
  message: Buffer,
  isBinary: boolean,
): { readonly channel: number; readonly bytes: Buffer } | { readonly violation: string } {
  if (!isBinary) return { violation: 'a text message, where all are binary' };
  const [channel] = message;
  if (channel === undefined) return { violation: 'a message without a channel' };
  return { channel, bytes: message.subarray(1) };
}

/** Reads one message. `isOutput` returns whether an output channel was requested. */
export function readFrame(
  message: Buffer,
  isBinary: boolean,
  isOutput: (channel: 1 | 2) => boolean,
): ChannelFrame {
  const split = splitMessage(message, isBinary);
  if ('violation' in split) return split;
  const { channel, bytes } = split;
  if (channel === channels.status) return readStatus(bytes);
  if ((channel === 1 || channel === 2) && isOutput(channel)) return { channel, bytes };
  return { violation: `a message for channel ${channel}, which was not asked for` };
}

function readStatus(bytes: Buffer): ChannelFrame {
  const value: unknown = attempt(() => JSON.parse(bytes.toString('utf8')));
  if (value === undefined) return { violation: 'a status that is not JSON' };
  const { decoded, problem } = checkType(streamStatus, value);
  if (!decoded) return { violation: `a status that is none: ${problem}` };
  return { channel: channels.status, bytes, status: decoded.value };
}

/** The exit code of the command; undefined if it did not run to its end. */
export function commandExitCode({ status, reason, details }: StreamStatus): number | undefined {
  if (status === 'Success') return 0;
  if (reason !== 'NonZeroExitCode') return undefined;
  const code = details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message ?? '';
  return /^\d{1,10}$/.test(code) && Number(code) > 0 ? Math.min(Number(code), 255) : undefined;
}
