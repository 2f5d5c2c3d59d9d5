import { isUtf8 } from 'node:buffer';
import { constructFromEvents, parseEvents, YAMLException } from 'js-yaml';
import { checkEvents } from './check-events.ts';
import { isJson, kubectlSchema, toJson } from './kubectl-schema.ts';

/** Thrown for invalid YAML. The message never contains text of the file. */
export class YamlFault extends Error {}

/**
 * Parses a file to the same JSON as kubectl does; returns null for an empty file. Throws a YamlFault with line and reason. It contains no
 * content of the file, because the file may contain credentials.
 */
export function readYaml(bytes: Buffer): unknown {
  return orFault(0, () => readDocument(allowed(decodeText(bytes))));
}

/**
 * Throws an error for a line; the first line is 0. js-yaml's `throwAt` is not used, because it would quote the line, which may have 100 MB.
 */
function failAtLine(line: number, reason: string): never {
  throw new YAMLException(reason, { name: '', buffer: '', position: 0, line, column: 0 });
}

function failAt(text: string, index: number, reason: string): never {
  let line = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1))
    line += 1;
  failAtLine(line, reason);
}

export interface YamlDocument {
  /** Number of the document's first line; the first line of the file is 1. */
  readonly line: number;
  readonly value: unknown;
}

/** Parses each document whose text `isWanted` accepts. Other documents of the file need not be valid. */
export function readYamlDocuments(
  bytes: Buffer,
  isWanted: (text: string) => boolean,
): readonly YamlDocument[] {
  const text = orFault(0, () => decodeText(bytes));
  return splitDocuments(text)
    .filter((each) => isWanted(each.text))
    .map(({ line, text: document }) => ({
      line: line + 1,
      value: orFault(line, () => readDocument(allowed(document))),
    }));
}

/** Splits documents as kubectl does, at lines that begin with `---`. The first line of the file is 0. */
function splitDocuments(text: string): readonly { readonly line: number; readonly text: string }[] {
  const starts = [0, ...[...text.matchAll(/^---(?![^ \t\r\n])/gm)].map(({ index }) => index)];
  let line = 0;
  return starts.map((start, index) => {
    const document = { line, text: text.slice(start, starts[index + 1]) };
    line += document.text.split('\n').length - 1;
    return document;
  });
}

function readDocument(whole: string): unknown {
  const first = firstDocument(whole);
  if (countSeparators(first) > mostSeparators)
    throw new YamlFault('more than a million lines and commas');
  const { text, events } = parseIndented(first);
  checkEvents(text, events);
  // `json` makes the last of several equal keys win, as in yaml.v2.
  const [value] = constructFromEvents(events, { source: text, schema: kubectlSchema, json: true });
  return isJson(value) ? toJson(value ?? null) : failAt(text, 0, 'number must be finite');
}

/** Limit of the number of characters that are parsed more than once. */
const mostParsedAgain = 20_000_000;

/**
 * Parses a text into events. In yaml.v2, the indentation of lines within brackets or quotes has no meaning. js-yaml rejects such a line if
 * it is indented less than its key. Then the line is indented more, and the text is parsed again.
 */
function parseIndented(whole: string) {
  let text = whole;
  let last = -1;
  for (let left = mostParsedAgain; ; left -= text.length)
    try {
      return { text, events: parseEvents(text, { maxDepth: 1000 }) };
    } catch (error) {
      const mark = deficient(error);
      if (!mark || mark.line === last) throw error;
      if (left < 0) failAtLine(mark.line, tooManyLines);
      last = mark.line;
      const ends = ['\n', '\r'].map((end) => text.lastIndexOf(end, mark.position - 1));
      const before = Math.max(...ends) + 1;
      text = `${text.slice(0, before)}${' '.repeat(1 + deepest(whole))}${text.slice(before)}`;
    }
}

const tooManyLines =
  'too many lines in brackets or quotes that are not indented more than their key (a limit of this program)';

function deficient(error: unknown) {
  const isDeficient = error instanceof YAMLException && error.reason === 'deficient indentation';
  return isDeficient ? error.mark : undefined;
}

function deepest(text: string): number {
  let most = 0;
  for (const [blanks] of text.matchAll(/^ +/gm)) most = Math.max(most, blanks.length);
  return most;
}

/** Returns the result of `read`. An error becomes a YamlFault with its line in the file; `linesBefore` lines precede the text. */
function orFault<T>(linesBefore: number, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause;
    const line = cause.mark ? `line ${linesBefore + cause.mark.line + 1}: ` : '';
    throw new YamlFault(`not valid YAML: ${line}${masked(cause.reason)}`);
  }
}

/**
 * Limit of the number of lines and commas. A kubeconfig of 10 MB has about 300,000; a million values take one second and 1 GB of memory.
 */
const mostSeparators = 1_000_000;

function countSeparators(text: string): number {
  return text.length <= mostSeparators ? 0 : (text.match(/[,\n\r]/g)?.length ?? 0);
}

// Masks text that js-yaml quotes, because an alias, a tag or a handle may be a credential that was not put in quotes.
function masked(reason: string): string {
  return reason.replace(/: .*/s, '').replaceAll(/"[^"]*"|'[^']*'|!?<[^<>]*>/g, '…');
}

function allowed(text: string): string {
  const match = forbidden.exec(text);
  if (match) failAt(text, match.index, 'character that is not allowed');
  return text;
}

function decodeText(bytes: Buffer): string {
  const encoding = encodingOf(bytes);
  try {
    // Avoids a TextDecoder, because creating one takes a millisecond. The byte order mark is removed here, as a TextDecoder would do.
    return encoding === 'utf-8' && isUtf8(bytes)
      ? bytes.toString('utf8').replace(/^\uFEFF/, '')
      : new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const text = new TextDecoder(encoding).decode(bytes);
    return failAt(text, text.indexOf('\uFFFD'), `invalid ${encoding}`);
  }
}

// Characters that yaml.v2 rejects or understands differently from js-yaml, such as line breaks of YAML 1.1 and a byte order mark within the
// text.
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\uFEFF\uFFFE\uFFFF]/;

function encodingOf(bytes: Buffer): string {
  const mark = bytes.toString('latin1', 0, 2);
  return mark === '\xff\xfe' ? 'utf-16le' : mark === '\xfe\xff' ? 'utf-16be' : 'utf-8';
}

/** Returns the text up to the end of the first document, because kubectl ignores the rest. Line numbers stay the same. */
function firstDocument(text: string): string {
  // Checked here, because js-yaml accepts indented markers and tabs on the first line.
  if (/^ *(?:\t| (?:---|\.\.\.|%))/.test(text)) failAt(text, 0, 'indented document marker or tab');
  for (const { 0: marker, index } of text.matchAll(/^(?:---|\.\.\.)(?![^ \t\r\n])/gm)) {
    const before = text.slice(0, index);
    if (/^[ \t]*[^ \t\r\n#%]/m.test(before)) return before;
    if (marker === '...') failAt(text, index, 'end marker without a document');
    const directive = /^%(?!YAML[ \t]+1\.1[ \t]*$)/m.exec(before);
    if (directive)
      failAt(text, directive.index, 'unsupported directive, only %YAML 1.1 is allowed');
  }
  return text;
}
