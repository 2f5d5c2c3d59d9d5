/** Length in ms of each unit of Go durations. */
const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

export const dayMs = 86_400_000;

/** Maximum delay of a JavaScript timer in ms, which is 24 days. */
export const longestMs = 2 ** 31 - 1;

/** Limit of the text of a duration, in characters. */
const longestText = 200;

/** Parses a duration in ms as kubectl does: `90s`, `1m30s`, `.5h`, `0` or a number of seconds. Returns undefined for other text. */
export function parseDuration(text: string): number | undefined {
  // Go accepts `+5` as a number without a unit, but not a negative number.
  if (/^\+?\d+$|^-0+$/.test(text)) return bounded(Math.abs(Number(text)) * 1000);
  const amount = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g;
  const unsigned = text.replace(/^[-+]/, '');
  if (text.length > longestText) return undefined;
  if (unsigned === '' || unsigned.replaceAll(amount, '') !== '') return undefined;
  let total = 0;
  for (const [, digits, unit = ''] of text.matchAll(amount))
    total += Number(digits) * (units[unit] ?? 0);
  return bounded(text.startsWith('-') ? -total : total);
}

/** Parses a duration in ms like parseDuration, and also accepts days, such as `14d` and `1d12h`. kubectl does not accept days. */
export function parseTime(text: string): number | undefined {
  const [, sign = '', days = '', rest = ''] = /^([-+]?)(\d{1,5})d(.*)$/s.exec(text) ?? [];
  if (days === '') return parseDuration(text);
  const more = rest === '' ? 0 : /^\d+$|^[-+]/.test(rest) ? undefined : parseDuration(rest);
  if (more === undefined) return undefined;
  const whole = Number(days) * dayMs + more;
  return sign === '-' ? -whole : whole;
}

/** Returns undefined if the duration is too long for Go, which stores nanoseconds in 63 bits. */
function bounded(ms: number): number | undefined {
  return Math.abs(ms) < 2 ** 63 / 1e6 ? ms : undefined;
}

/** Formats a duration as Go does: `1m30s`, `1.5s`, `20ms`, `-1s`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  const nanoseconds = Math.round(ms * 1e6);
  if (nanoseconds === 0) return '0s';
  for (const unit of ['ns', 'µs', 'ms'])
    if (nanoseconds < (units[unit] ?? 0) * 1e9)
      return `${nanoseconds / ((units[unit] ?? 1) * 1e6)}${unit}`;
  const minutes = Math.floor(nanoseconds / 6e10);
  const hours = Math.floor(minutes / 60);
  const seconds = `${(nanoseconds - minutes * 6e10) / 1e9}s`;
  if (minutes === 0) return seconds;
  return `${hours === 0 ? '' : `${hours}h`}${minutes % 60}m${seconds}`;
}
