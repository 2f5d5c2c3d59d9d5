import { isJsonText, isList, plainText, type Unit, type Value } from './column.ts';

/** Text of an empty cell. */
export const absent = '-';

/** NaN is shown as such only for samples of metrics, and otherwise as a dash. */
export function renderValue(value: Value, unit: Unit): string {
  if (value === undefined) return absent;
  if (isJsonText(value) || isList(value)) return plainText(value);
  // Quotes make an empty text visible in a table.
  if (value === '') return '""';
  if (typeof value === 'string' && unit === 'age') return renderAge(value);
  if (typeof value !== 'number' && typeof value !== 'bigint') return String(value);
  if (unit === 'sample') return renderSample(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return absent;
  // Used only for units that are rounded to a few digits. Texts and counts keep all digits of a bigint.
  const size = Number(value);
  if (unit === 'text' || unit === 'age') return String(value);
  if (unit === 'count') return renderCount(value);
  return size < 0 ? `-${inUnit[unit](-size)}` : inUnit[unit](size);
}

const inUnit: Readonly<
  Record<Exclude<Unit, 'text' | 'count' | 'sample' | 'age'>, (value: number) => string>
> = {
  bytes: renderBytes,
  bytesPerSecond: (value) => `${renderBytes(value)}/s`,
  cores: renderCores,
  percent: renderPercent,
  seconds: renderSeconds,
};

/** Formats a count with all digits before the decimal point, so that readers can compare counts. */
function renderCount(value: number | bigint): string {
  if (typeof value === 'bigint') return String(value);
  return Number.isInteger(value) ? String(BigInt(value)) : String(Number(value.toFixed(2)));
}

/** Formats a sample as Prometheus does: whole numbers with all digits, and other numbers with at least five digits. */
function renderSample(value: number | bigint): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  if (typeof value === 'bigint' || !Number.isFinite(value) || Number.isInteger(value))
    return String(value);
  const short = Math.abs(value) < 1000 ? value.toPrecision(5) : value.toFixed(1);
  return String(Number(short));
}

const binaryUnits = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/** Formats bytes in Kubernetes' units, such as `512`, `1.2Gi` or `512Mi`. Like `df -h`, shows at least two digits. */
function renderBytes(value: number): string {
  let scaled = value;
  let unit = 0;
  // A value that would round to 1024 of a unit is shown in the next unit, as 1.0.
  while (Math.round(scaled) >= 1024 && unit < binaryUnits.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && scaled < 9.95 ? scaled.toFixed(1) : String(BigInt(Math.round(scaled)));
  return digits + binaryUnits[unit];
}

/**
 * Formats cores, such as `250m`, `1.5` or `64`. Like kubectl top, rounds up if the value is below one core, so that only 0 is shown as 0.
 */
function renderCores(value: number): string {
  const millis = Math.ceil(value * 1000 - 1e-6);
  if (millis <= 0) return value > 0 ? '1m' : '0m';
  if (millis < 1000) return `${millis}m`;
  return fewDigits(value);
}

/** Formats a number with three digits, without trailing zeros. */
function fewDigits(value: number): string {
  const places = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return String(Number(value.toFixed(places)));
}

function renderPercent(value: number): string {
  if (value > 0 && value < 0.05) return '<0.1%';
  return `${value < 9.95 ? Number(value.toFixed(1)) : BigInt(Math.round(value))}%`;
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** Formats seconds as kubectl formats an age: `0.25s`, `90s`, `5m30s`, `2d4h`. Source: duration.HumanDuration of apimachinery. */
function renderSeconds(value: number): string {
  if (value < 10) return `${Number(value.toFixed(2))}s`;
  const whole = Math.floor(value);
  if (whole < 2 * minute) return `${whole}s`;
  if (whole < 10 * minute) return two(whole, minute, 'm', 1, 's');
  if (whole < 3 * hour) return `${Math.floor(whole / minute)}m`;
  if (whole < 8 * hour) return two(whole, hour, 'h', minute, 'm');
  if (whole < 2 * day) return `${Math.floor(whole / hour)}h`;
  if (whole < 8 * day) return two(whole, day, 'd', hour, 'h');
  return `${BigInt(Math.floor(whole / day))}d`;
}

function renderAge(time: string): string {
  const ms = Date.now() - Date.parse(time);
  // Clocks of nodes may be ahead.
  return Number.isNaN(ms) ? time : `${renderSeconds(Math.max(0, Math.floor(ms / 1000)))} ago`;
}

function two(value: number, large: number, first: string, small: number, second: string): string {
  const rest = Math.floor((value % large) / small);
  return `${Math.floor(value / large)}${first}${rest === 0 ? '' : `${rest}${second}`}`;
}
