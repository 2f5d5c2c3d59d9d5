import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { serveFile } from './file-server.ts';
import type { KubeletAnswer } from './kubelet-answer.ts';
import type { JournalEntry, NodeLogs } from './node-logs.ts';

interface LogsRequest {
  /** The path after `/logs/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly minor: number;
}

const optionNames = ['sinceTime', 'untilTime', 'tailLines', 'pattern', 'boot'];

/** Answers a log query if log queries are enabled, and otherwise serves a file. Texts and statuses are from 1.31.14 and 1.37.2. */
export function serveLogs(logs: NodeLogs, request: LogsRequest): KubeletAnswer {
  const { path, query, headers, minor } = request;
  const asked = ['query', ...optionNames].some((name) => query.get(name));
  const queries = query.getAll('query');
  if (!logs.isQueryOn || (!asked && queries.length === 0))
    return serveFile(logs.folder, path, headers);
  const files = queries.filter((name) => /[/\\]/.test(name));
  const services = queries.filter((name) => !/[/\\]/.test(name) && name.trim() !== '');
  const options = optionNames.filter((name) => query.get(name));
  const undecodable = notDecodable(query, files.length + services.length, minor);
  if (undecodable !== undefined) return text(400, `${undecodable}\n`);
  if (path !== '') return text(406, 'path not allowed in query mode\n');
  const invalid = notValid(query, files, services, options, minor);
  if (invalid !== undefined) return text(406, `${invalid}\n`);
  const [file] = files;
  if (file !== undefined) return serveFile(logs.folder, file.replaceAll('\\', '/'), headers);
  return {
    status: 200,
    headers: { 'content-type': 'text/plain;charset=UTF-8' },
    body: queryServices(logs, services, options, query),
  };
}

function notDecodable(query: URLSearchParams, names: number, minor: number): string | undefined {
  if (query.has('query') && names === 0)
    return `query: Invalid value: [""]: ${minor >= 37 ? 'may not be empty' : 'query cannot be empty'}`;
  for (const name of ['sinceTime', 'untilTime']) {
    const value = query.get(name);
    if (value && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value))
      return `${name}: Invalid value: "${value}": invalid time format`;
  }
  for (const name of ['boot', 'tailLines']) {
    const value = query.get(name);
    if (value && !/^[+-]?\d+$/.test(value))
      return `${name}: Invalid value: "${value}": strconv.Atoi: parsing "${value}": invalid syntax`;
  }
  return undefined;
}

function notValid(
  query: URLSearchParams,
  files: readonly string[],
  services: readonly string[],
  options: readonly string[],
  minor: number,
): string | undefined {
  const of = (names: readonly string[]) =>
    minor >= 37
      ? JSON.stringify(names)
      : `[]string{${names.map((name) => JSON.stringify(name)).join(', ')}}`;
  for (const name of services)
    if (/[^a-zA-Z\-_.:0-9@]/.test(name))
      return `query: Invalid value: "${name}": input contains unsupported characters`;
  if (services.length > 4) return `query: Too many: ${services.length}: must have at most 4 items`;
  if (files.length + services.length === 0)
    return 'query: Required value: cannot be empty with options';
  if (files.length > 0 && options.length > 0)
    return `query: Invalid value: ${of(files)}: cannot specify file with options`;
  const lines = Number(query.get('tailLines') ?? 0);
  if (lines < 0 || lines > 100_000)
    return `tailLines: Invalid value: ${lines}: must be between 0 and 100000, inclusive`;
  const opened = query.get('pattern')?.match(/\(/g)?.length ?? 0;
  if (opened > (query.get('pattern')?.match(/\)/g)?.length ?? 0))
    return `pattern: Invalid value: "${query.get('pattern')}": error parsing regexp: missing closing ): \`${query.get('pattern')}\``;
  if (Number(query.get('boot') ?? 0) > 0)
    return `boot: Invalid value: ${query.get('boot')}: must be less than 1`;
  return undefined;
}

function queryServices(
  logs: NodeLogs,
  services: readonly string[],
  options: readonly string[],
  query: URLSearchParams,
): string {
  const isNative = (service: string) => logs.journal.some(({ unit }) => unit === service);
  const native = services.filter(isNative);
  const others = services.filter((service) => !isNative(service));
  const journal = native.length > 0 ? runJournalctl(logs, native, query) : '';
  if (others.length === 0) return journal;
  if (options.length > 0)
    return `${journal}\noptions present and query resolved to log files for [${others.join(' ')}]\ntry without specifying options\n`;
  return journal + others.map((service) => copyFile(logs.folder, service)).join('');
}

function copyFile(folder: string, service: string): string {
  const found = [service, `${service}.log`, `${service}/${service}.log`]
    .map((name) => join(folder, name))
    .find((name) => statSync(name, { throwIfNoEntry: false })?.isFile());
  return found === undefined ? `\nlog not found for ${service}\n` : readFileSync(found, 'utf8');
}

/** The output of journalctl 252 with the arguments of a kubelet: --utc --no-pager --output=short-precise. */
function runJournalctl(
  { journal, zoneMinutes }: NodeLogs,
  units: readonly string[],
  query: URLSearchParams,
): string {
  // Kubelets drop the offset of the time, and journalctl reads it as local time.
  const local = (name: string) => {
    const wall = /^(.*?)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.exec(query.get(name) ?? '')?.[1];
    return wall === undefined ? undefined : (Date.parse(`${wall}Z`) - zoneMinutes * 60_000) * 1000;
  };
  const [since = 0, until = Number.POSITIVE_INFINITY] = [local('sinceTime'), local('untilTime')];
  const pattern = query.get('pattern');
  // journalctl ignores case unless the pattern has an upper-case letter.
  const grep = pattern ? new RegExp(pattern, /[A-Z]/.test(pattern) ? '' : 'i') : /^/;
  const entries = journal.filter(
    ({ atUs, unit, message }) =>
      units.includes(unit) && atUs >= since && atUs <= until && grep.test(message),
  );
  const tail = query.get('tailLines');
  const last = tail
    ? entries.slice(entries.length - Math.min(Number(tail), entries.length))
    : entries;
  const shown = tail && pattern ? last.toReversed() : last;
  return shown.length === 0 ? '-- No entries --\n' : shown.map(formatEntry).join('');
}

/** Formats an entry as `Nov 24 16:00:00.123456 node-1 kubelet[12]: text`, with further lines indented. */
export function formatEntry({ atUs, unit, message, hostname = 'node' }: JournalEntry): string {
  const at = new Date(Math.floor(atUs / 1000)).toUTCString();
  const [, day = '', month = '', time = ''] = /, (\d\d) (\w{3}) \d+ (\S+) /.exec(at) ?? [];
  const head = `${month} ${day} ${time}.${String(atUs % 1_000_000).padStart(6, '0')} ${hostname} ${unit}[12]: `;
  return `${head}${message.replaceAll('\n', `\n${' '.repeat(head.length)}`)}\n`;
}

function text(status: number, body: string): KubeletAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
