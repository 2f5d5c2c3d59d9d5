import { formatLogTime } from './log-times.ts';

/** A path with a query of the node log, for what comes after its first answer: from a time on, or from where it began. */
export function pathFrom(path: string, fromMs: number | undefined): string {
  const at = path.indexOf('?');
  const left = path
    .slice(at + 1)
    .split('&')
    .filter((part) => !/^tailLines=/.test(part))
    .filter((part) => fromMs === undefined || !/^sinceTime=/.test(part));
  const since =
    fromMs === undefined ? [] : [`sinceTime=${encodeURIComponent(formatLogTime(fromMs))}`];
  return `${path.slice(0, at)}?${[...left, ...since].join('&')}`;
}

/** The number of last lines that a query asks for; undefined for all. */
export function tailOf(path: string): number | undefined {
  const tail = new URLSearchParams(path.slice(path.indexOf('?'))).get('tailLines');
  return tail ? Number(tail) : undefined;
}

/** The same query for so many last lines. */
export function pathWithTail(path: string, tail: number): string {
  return path.replace(/([?&]tailLines=)[^&]*/, `$1${tail}`);
}

/** journalctl prints the newest entry first if it is to print the last ones that match a pattern. */
export function isReversed(path: string): boolean {
  const query = new URLSearchParams(path.slice(path.indexOf('?')));
  return Boolean(query.get('tailLines') && query.get('pattern'));
}
