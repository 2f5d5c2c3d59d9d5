import { attempt } from '../../attempt.ts';

/**
 * Extracts the names from the HTML listing of Go's file server. Names of folders end with a slash. A name that is not UTF-8 stays
 * percent-encoded.
 */
export function namesInListing(html: string): readonly string[] {
  return [...html.matchAll(/<a href="([^"]{1,1024})">/g)].flatMap(([, href = '']) => {
    // Go puts "./" before a name with a colon.
    const encoded = href.replaceAll('&amp;', '&').replace(/^\.\//, '');
    const name = attempt(() => decodeURIComponent(encoded)) ?? encoded;
    return /\/./.test(name) ? [] : [name];
  });
}

export interface RotatedFile {
  readonly name: string;
  readonly isGzip: boolean;
  /** Kind of the suffix. Files with larger numbers are older, but files with later dates are newer. */
  readonly kind: 'number' | 'date';
  /** Digits of the suffix. A number has leading zeros, so that it can be compared as text. */
  readonly age: string;
}

/** Limit of rotated files that are looked at, because each file costs a request. */
const mostFiles = 20;

const rotationMark = /^[.-](\d{1,4})$|^[._-](\d{4}[\dTZ._:+-]+)$/;

/**
 * Finds rotated versions of a file, newest first: `syslog.1`, `app-20260102.log`, `0.log.20260102-150405` of the kubelet,
 * `audit-2026-01-02T15-04-05.000.log` of kube-apiserver.
 */
export function rotatedFiles(name: string, names: readonly string[]): readonly RotatedFile[] {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const files = names.flatMap((each): RotatedFile[] => {
    const isGzip = each.endsWith('.gz');
    const plain = isGzip ? each.slice(0, -3) : each;
    // While logrotate compresses a file, both versions exist.
    if (isGzip && names.includes(plain)) return [];
    const marks = [between(plain, name, ''), between(plain, stem, extension)];
    const [, number, date] = marks.map((mark) => rotationMark.exec(mark)).find(Boolean) ?? [];
    if (number) return [{ name: each, isGzip, kind: 'number', age: number.padStart(4, '0') }];
    return date ? [{ name: each, isGzip, kind: 'date', age: date.replaceAll(/\D/g, '') }] : [];
  });
  const byAge = files.sort((one, other) => (one.age < other.age ? -1 : 1));
  const { number = [], date = [] } = Object.groupBy(byAge, ({ kind }) => kind);
  return [...number, ...date.reverse()].slice(0, mostFiles);
}

/** Returns the files that were rotated after `file`, oldest first. */
export function rotatedAfter(
  file: RotatedFile,
  files: readonly RotatedFile[],
): readonly RotatedFile[] {
  return files
    .slice(0, files.indexOf(file))
    .filter(({ kind }) => kind === file.kind)
    .reverse();
}

function between(text: string, start: string, end: string): string {
  const isLonger = text.length > start.length + end.length;
  return isLonger && text.startsWith(start) && text.endsWith(end)
    ? text.slice(start.length, text.length - end.length)
    : '';
}
