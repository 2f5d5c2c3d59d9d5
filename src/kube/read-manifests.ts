import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { attempt } from '../attempt.ts';
import { Failure } from '../errors.ts';
import { type Fields, isFields } from '../text/fields.ts';
import { type FileSource, fileFailure, inFolder, readInput } from './files/read-file.ts';
import { readStdin } from './files/read-stdin.ts';
import { readYamlDocuments, type YamlDocument, YamlFault } from './yaml/read-yaml.ts';

/** An unchecked Kubernetes object from a file. */
export interface Manifest {
  readonly fields: Fields;
  /** File and line of the object, for messages: `chart.yaml, line 12`. */
  readonly place: string;
}

interface ManifestSource extends FileSource {
  readonly stdin: Readable;
}

/** Limit of a file in bytes. A rendered Helm chart with all its CRDs has a few MiB. */
const mostBytes = 64 * 1024 * 1024;

/**
 * Reads objects of the given kinds from files, folders (recursively) and standard input (`-`). They are JSON or YAML documents, and may be
 * items of a List. YAML documents in which none of the kinds occurs are skipped.
 */
export async function readManifests(
  paths: readonly string[],
  kinds: readonly string[],
  source: ManifestSource,
): Promise<readonly Manifest[]> {
  const all: Manifest[] = [];
  for (const path of paths) {
    const files = path === '-' ? [path] : filesAt(path, source.cwd);
    for (const file of files) all.push(...(await readObjects(file, kinds, source)));
  }
  return all;
}

function filesAt(path: string, cwd: string): readonly string[] {
  try {
    const whole = inFolder(cwd, path);
    if (!statSync(whole).isDirectory()) return [path];
    const files = readdirSync(whole, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ya?ml|json)$/.test(name) && statSync(join(whole, name)).isFile())
      .sort();
    if (files.length > 0) return files.map((name) => join(path, name));
  } catch (cause) {
    throw fileFailure(`read ${path}`, cause);
  }
  throw new Failure(`no .yaml, .yml or .json file in folder ${path}`);
}

async function readObjects(
  path: string,
  kinds: readonly string[],
  source: ManifestSource,
): Promise<readonly Manifest[]> {
  const name = path === '-' ? 'standard input' : path;
  const bytes =
    path === '-'
      ? await readStdin(source.stdin, source.signal, mostBytes)
      : await readInput('file', path, source, mostBytes);
  if (bytes.length >= mostBytes)
    throw new Failure(`${name} has more than ${mostBytes / 1024 / 1024} MiB`);
  // A document with a List is always read, because the items of a List may have no kind.
  const ofKind = new RegExp(`\\bkind["']?\\s*:\\s*["']?(?:\\w*List|${kinds.join('|')})\\b`);
  try {
    const documents = jsonDocument(bytes) ?? readYamlDocuments(bytes, (text) => ofKind.test(text));
    return documents.flatMap(({ line, value }) => objectsOf(value, `${name}, line ${line}`));
  } catch (cause) {
    if (!(cause instanceof YamlFault)) throw cause;
    const isTemplate = bytes.includes('{{');
    throw new Failure(`unable to read ${name}: ${cause.message}`, {
      cause,
      hints: isTemplate ? ['render a chart first: helm template NAME CHART'] : [],
    });
  }
}

/** Parses JSON, many times faster than the YAML parser; undefined if the text is not a JSON object. */
function jsonDocument(bytes: Buffer): readonly YamlDocument[] | undefined {
  if (!/^\s*\{/.test(bytes.toString('latin1', 0, 100))) return undefined;
  return attempt(() => [{ line: 1, value: JSON.parse(bytes.toString('utf8')) }]);
}

function objectsOf(value: unknown, place: string): readonly Manifest[] {
  if (!isFields(value)) return [];
  const { kind, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items))
    return [{ fields: value, place }];
  const itemKind = kind.slice(0, -'List'.length);
  return items.flatMap((item: unknown, index) =>
    objectsOf(
      isFields(item) && itemKind !== '' ? { kind: itemKind, ...item } : item,
      `${place}, items[${index}]`,
    ),
  );
}
