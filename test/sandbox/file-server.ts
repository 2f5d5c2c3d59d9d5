import { createReadStream, openSync, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { KubeletAnswer } from './kubelet-answer.ts';

/** Serves a path relative to `folder` like Go's http.FileServer, by which kubelets serve /var/log. */
export function serveFile(
  folder: string,
  path: string,
  headers: Readonly<Record<string, string | undefined>>,
): KubeletAnswer {
  // Go drops the last slash before it opens the file.
  const name = join(folder, join('/', decodeURIComponent(path))).replace(/\/$/, '');
  const stats = statSync(name, { throwIfNoEntry: false });
  if (!stats) return text(404, '404 page not found\n');
  if (stats.isDirectory() !== (path === '' || path.endsWith('/'))) {
    const location = stats.isDirectory() ? `${basename(path)}/` : `../${basename(path)}`;
    return { status: 301, headers: { location } };
  }
  return stats.isDirectory() ? list(name) : serveContent(name, stats, headers);
}

function list(folder: string): KubeletAnswer {
  const lines = readdirSync(folder, { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort()
    .map((each) => {
      const href = encodeURI(each).replaceAll('?', '%3F').replaceAll('#', '%23');
      return `<a href="${each.includes(':') ? './' : ''}${href}">${each}</a>\n`;
    });
  const head = '<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n';
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `${head}${lines.join('')}</pre>\n`,
  };
}

function serveContent(
  name: string,
  stats: Stats,
  headers: Readonly<Record<string, string | undefined>>,
): KubeletAnswer {
  const { size, mtime } = stats;
  const seconds = Math.floor(mtime.getTime() / 1000);
  const isAsOf = (date: string | undefined) =>
    date !== undefined && seconds <= Date.parse(date) / 1000;
  const common = { 'last-modified': mtime.toUTCString(), 'accept-ranges': 'bytes' };
  if (isAsOf(headers['if-modified-since']))
    return { status: 304, headers: { 'last-modified': common['last-modified'] } };
  const ifRange = headers['if-range'];
  const ranged = ifRange === undefined || Date.parse(ifRange) / 1000 === seconds;
  const range = ranged ? parseRange(headers['range'], size) : undefined;
  if (range === 'malformed') return text(416, 'invalid range\n');
  if (range === 'no overlap')
    return text(416, 'invalid range: failed to overlap\n', { 'content-range': `bytes */${size}` });
  // The length is in the headers already, so later lines are left out.
  const { start, end } = range ?? { start: 0, end: size };
  const stream =
    end > start
      ? createReadStream(name, { fd: openSync(name, 'r'), start, end: end - 1 })
      : undefined;
  return {
    status: range ? 206 : 200,
    headers: {
      ...common,
      'content-type': name.endsWith('.gz') ? 'application/gzip' : 'text/plain; charset=utf-8',
      'content-length': String(end - start),
      ...(range && { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
    },
    ...(stream && { stream }),
  };
}

/** @returns `end` is the offset after the last byte */
function parseRange(header: string | undefined, size: number) {
  if (header === undefined) return undefined;
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (first === '' && last === '') return 'malformed';
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size);
  // Go ignores the range of an empty file.
  if (size === 0) return undefined;
  return start >= size ? 'no overlap' : { start, end };
}

function text(status: number, body: string, headers: Record<string, string> = {}): KubeletAnswer {
  const type = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return { status, headers: { ...type, ...headers }, body };
}
