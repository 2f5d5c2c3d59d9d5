import { attempt } from '../../attempt.ts';
import { Failure } from '../../errors.ts';
import { type Checked, checkType, typeName } from '../../schema.ts';
import { command } from '../../text/command.ts';
import { type Fields, isFields } from '../../text/fields.ts';
import { hasMoreValues } from '../../text/json.ts';
import type { TextResponse } from '../transport/transport.ts';
import type { Kind } from './kinds.ts';

interface RequestLine {
  readonly method: string;
  readonly path: string;
}

export function unreadable(asked: RequestLine, problem: string): Failure {
  return new Failure(...unreadableAs(asked, problem));
}

function unreadableAs({ method, path }: RequestLine, problem: string) {
  return [
    `the API server answered ${method} ${path} with ${problem}`,
    { kind: 'unreadable', hints: method === 'GET' ? [command`kubectl get --raw ${path}`] : [] },
  ] as const;
}

/** A response with more text or values than the program reads. */
export class TooLargeResponse extends Failure {
  readonly problem: string;
  /** The first characters of the response. */
  readonly head: string;

  constructor(asked: RequestLine, problem: string, text: string) {
    super(...unreadableAs(asked, problem));
    this.problem = problem;
    this.head = text.slice(0, longestHead);
  }
}

/** A continue token and the name of an object have a few kB. */
const longestHead = 16 * 1024;

export interface ListPage {
  readonly items: readonly unknown[];
  /** The continue token of the next page; empty on the last page. */
  readonly next: string;
}

/** Parses the JSON of a response; throws if it was cut at `mostBytes`, has too many values, or is not JSON. */
export function parseJson(
  asked: RequestLine,
  { text, cut }: TextResponse,
  mostBytes: number,
): unknown {
  if (cut) throw new TooLargeResponse(asked, `more than ${mostBytes / 1024 / 1024} MiB`, text);
  if (hasMoreValues(text, mostValues))
    throw new TooLargeResponse(asked, `more than ${mostValues} values`, text);
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(asked, notAnObject);
  }
}

/** Limit of JSON values in a response: enough for 200 objects of 5,000 values each. Most pods have up to 1,400 values. */
const mostValues = 1_000_000;

const notAnObject = 'something other than a Kubernetes API object';

export function decodeObject<T>(request: RequestLine, value: unknown, kind: Kind<T>): T {
  checkKind(request, value, kind.kind, kind);
  const checked = check(value, kind);
  if (checked.decoded) return checked.decoded.value;
  throw unreadable(request, `an unreadable ${kind.kind}: ${checked.problem}`);
}

export function decodePage(request: RequestLine, value: unknown, kind: Kind<unknown>): ListPage {
  const name = `${kind.kind}List`;
  const { items, metadata } = checkKind(request, value, name, kind);
  const faulty = (path: string, expected: string, found: unknown) =>
    unreadable(
      request,
      `an unreadable ${name}: ${path}: expected ${expected}, got ${typeName(found)}`,
    );
  if (items !== null && !Array.isArray(items)) throw faulty('items', 'array', items);
  if (metadata != null && !isFields(metadata)) throw faulty('metadata', 'object', metadata);
  const { continue: next = null } = metadata ?? {};
  if (next !== null && !(typeof next === 'string' && next.isWellFormed()))
    throw faulty('metadata.continue', 'text', next);
  return { items: items ?? [], next: next ?? '' };
}

/** Decodes an item of a list, or returns its problem. Items of a list need not have a kind. */
export function decodeItem<T>(value: unknown, kind: Kind<T>, index: number): Checked<T> {
  const at = `items[${index}]`;
  const { kind: ownKind, apiVersion } = isFields(value) ? value : {};
  if (!isAbsentOr(ownKind, kind.kind) || !isAbsentOr(apiVersion, kind.apiVersion))
    return {
      problem: `${at}: expected ${kind.kind}, got ${kindOf({ kind: ownKind, apiVersion })}`,
    };
  return check(value, kind, at);
}

/** Returns the name of an item, with its namespace, for messages; undefined if it has none. */
export function nameOfItem(value: unknown): string | undefined {
  const { metadata } = isFields(value) ? value : {};
  const { name, namespace } = isFields(metadata) ? metadata : {};
  if (typeof name !== 'string') return undefined;
  return typeof namespace === 'string' && namespace !== '' ? `${namespace}/${name}` : name;
}

/**
 * Returns what the head of a list shows: the name of its first object, and the continue token. The API server writes the metadata of a
 * list before its items. Returns undefined if the head shows no metadata.
 */
export function readHead(
  head: string,
): { readonly name: string | undefined; readonly next: string } | undefined {
  const [, list, rest = ''] =
    /^\{"kind":"\w+","apiVersion":"[^"]+","metadata":(\{[^{}]*\}),"items":\[(.*)/s.exec(head) ?? [];
  const metadata = list === undefined ? undefined : parseFields(list);
  if (!metadata) return undefined;
  const { continue: next = '' } = metadata;
  if (typeof next !== 'string') return undefined;
  const [, name, namespace] =
    /^\{"metadata":\{"name":"([^"\\]+)"(?:,"namespace":"([^"\\]+)")?/.exec(rest) ?? [];
  return { name: nameOfItem({ metadata: { name, namespace } }), next };
}

function parseFields(text: string): Fields | undefined {
  const value = attempt(() => JSON.parse(text) as unknown);
  return isFields(value) ? value : undefined;
}

function checkKind(
  asked: RequestLine,
  value: unknown,
  name: string,
  { apiVersion, also = [] }: Kind<unknown>,
): Fields {
  const fields = isFields(value) ? value : {};
  const { kind } = fields;
  if (typeof kind !== 'string') throw unreadable(asked, notAnObject);
  const isRight = kind === name && fields['apiVersion'] === apiVersion;
  if (!isRight && !also.includes(kind))
    throw unreadable(asked, `${kindOf(fields)}, not ${name} of ${apiVersion}`);
  return fields;
}

function check<T>(value: unknown, { type, whole = false }: Kind<T>, at = ''): Checked<T> {
  dropOwnedFields(value);
  return checkType(type, value, { whole, at });
}

/**
 * Removes in place which fields of the object each manager owns. Nothing reads them, an update keeps them, and the API server takes them
 * nested to any depth.
 */
function dropOwnedFields(value: unknown): void {
  const { metadata } = isFields(value) ? value : {};
  const { managedFields } = isFields(metadata) ? metadata : {};
  if (!Array.isArray(managedFields)) return;
  for (const entry of managedFields as readonly unknown[])
    if (isFields(entry)) delete (entry as { fieldsV1?: unknown }).fieldsV1;
}

function isAbsentOr(value: unknown, expected: string): boolean {
  return value === undefined || value === null || value === '' || value === expected;
}

/** Returns kind and apiVersion for messages; `an object` if the kind is malformed. */
function kindOf({ kind, apiVersion }: Fields): string {
  const name = typeof kind === 'string' && /^\w{1,63}$/.test(kind) ? kind : 'an object';
  return typeof apiVersion === 'string' && /^[\w./-]{1,253}$/.test(apiVersion)
    ? `${name} of ${apiVersion}`
    : name;
}
