import { attempt } from '../../attempt.ts';

/** The names of files in the HTML by which Go's file server lists a folder. */
export function parseListing(html: string): readonly string[] {
  return hrefsOf(html).flatMap((href) => {
    const name = attempt(() => decodeURIComponent(href));
    return name === undefined || name.includes('/') ? [] : [name];
  });
}

/** All names in it: those of folders end with a slash, and what is not UTF-8 stays percent-encoded. */
export function namesInListing(html: string): readonly string[] {
  return hrefsOf(html).flatMap((href) => {
    const name = attempt(() => decodeURIComponent(href)) ?? href;
    return /\/./.test(name) ? [] : [name];
  });
}

/** Go puts "./" before a name with a colon. */
function hrefsOf(html: string): readonly string[] {
  return [...html.matchAll(/<a href="([^"]{1,1024})">/g)].map(([, href = '']) =>
    href.replaceAll('&amp;', '&').replace(/^\.\//, ''),
  );
}

/** A file that may have had another name before. */
export interface RotatedFile {
  readonly name: string;
  readonly isGzip: boolean;
  /** Numbers grow with age, dates do not: they are not compared. */
  readonly age: Age;
}

type Age = { readonly number: number } | { readonly date: string };

/** Each try is a request. */
const mostFiles = 20;

/**
 * What a file may be called after its rotation, the newest first: `syslog.1`, `app-20260102.log`, `0.log.20260102-150405`,
 * `audit-2026-01-02T15-04-05.000.log` (logrotate, the kubelet, and kube-apiserver's audit log).
 */
export function rotatedFiles(name: string, names: readonly string[]): readonly RotatedFile[] {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const files = names.flatMap((each): RotatedFile[] => {
    const isGzip = each.endsWith('.gz');
    const plain = isGzip ? each.slice(0, -3) : each;
    // Both exist while one is being compressed.
    if (isGzip && names.includes(plain)) return [];
    const age = [between(plain, name, ''), between(plain, stem, extension)]
      .map((mark) => mark && parseAge(mark))
      .find((found) => found !== undefined && found !== '');
    return age ? [{ name: each, isGzip, age }] : [];
  });
  return files.sort((one, other) => compareAges(one.age, other.age)).slice(0, mostFiles);
}

/** Files that were rotated after a given one, the oldest first. */
export function rotatedAfter(
  file: RotatedFile,
  files: readonly RotatedFile[],
): readonly RotatedFile[] {
  return files
    .slice(0, files.indexOf(file))
    .filter(({ age }) => 'number' in age === 'number' in file.age)
    .reverse();
}

function between(text: string, start: string, end: string): string | undefined {
  const isLonger = text.length > start.length + end.length;
  if (!isLonger || !text.startsWith(start) || !text.endsWith(end)) return undefined;
  return text.slice(start.length, text.length - end.length);
}

function parseAge(mark: string): Age | undefined {
  const [, number] = /^[.-](\d{1,4})$/.exec(mark) ?? [];
  if (number !== undefined) return { number: Number(number) };
  return /^[._-]\d{4}[\dTZ._:+-]+$/.test(mark) ? { date: mark.replaceAll(/\D/g, '') } : undefined;
}

function compareAges(one: Age, other: Age): number {
  if ('number' in one) return 'number' in other ? one.number - other.number : -1;
  if ('number' in other) return 1;
  return one.date === other.date ? 0 : one.date > other.date ? -1 : 1;
}
