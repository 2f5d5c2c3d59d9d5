import { checkUnit, parseCount } from '../../../cli/parse-options.ts';
import { UsageFailure } from '../../../errors.ts';
import { parseTime } from '../../../text/duration.ts';

export type LogTime = { readonly agoMs: number } | { readonly atMs: number };

/** A time in RFC 3339 that Go's time.Parse accepts. */
const timestamp = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** `5m` and `-5m` both mean five minutes ago. */
export function parseLogTime(flag: string, text: string): LogTime {
  checkUnit(flag, text);
  const ago = parseTime(text);
  if (ago !== undefined && ago !== 0) return { agoMs: Math.abs(ago) };
  const at = timestamp.test(text) ? Date.parse(text.toUpperCase()) : Number.NaN;
  if (!Number.isNaN(at)) return { atMs: at };
  throw new UsageFailure(
    `invalid ${flag} value "${text}": must be a duration such as 5m, 1h30m or 2d, or a time such as 2026-01-02T15:04:05Z`,
  );
}

export function toPointInTime(time: LogTime, nowMs: number): number {
  return 'atMs' in time ? time.atMs : nowMs - time.agoMs;
}

/**
 * Formats a time to the second, in UTC: kubelets drop fraction and offset, and journalctl reads the rest as the local time of the node,
 * which is UTC on nodes (`getLoggingCmd` in kubernetes `pkg/kubelet/kubelet_server_journal_linux.go`).
 */
export function formatLogTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Converts to seconds for sinceSeconds, which kubelets require to be at least 1. */
export function toSeconds({ agoMs }: { readonly agoMs: number }): number {
  return Math.max(1, Math.ceil(agoMs / 1000));
}

/** Returns undefined if all lines are wanted. */
export function parseTail(
  text: string | undefined,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (text === undefined || text === '-1') return undefined;
  return parseCount('--tail', text, { least: 0, most });
}

export function formatQuery(
  parameters: readonly (readonly [name: string, value: string | number | undefined])[],
): string {
  return parameters
    .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${encodeURIComponent(value)}`))
    .join('&');
}
