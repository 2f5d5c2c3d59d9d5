import { YAMLException } from 'js-yaml';
import type { CollectionNode, ScalarNode, YamlNode } from './document-tree.ts';
import { keyText, plainScalar, type Scalar, taggedScalar } from './scalar.ts';

/**
 * The JSON of a tree, by yaml.v2 and YAMLToJSON. js-yaml's own constructor cannot be used: in it, earlier keys win over a
 * merge, and aliases may multiply without limit.
 */
export function nodeValue(source: string, root: YamlNode): unknown {
  const reject = (node: YamlNode, reason: string): never =>
    YAMLException.throwAt(source, node.position, reason);
  const openAliases = new Set<YamlNode>();
  let steps = 1;
  let aliasSteps = 0;

  // As in yaml.v2, an alias is read each time, so that both count the same steps.
  function step(node: YamlNode): void {
    steps++;
    if (openAliases.size > 0) aliasSteps++;
    if (aliasSteps > 100 && steps > 1000 && aliasSteps / steps > allowedAliasRatio(steps))
      reject(node, 'document contains excessive aliasing');
  }

  function read(node: YamlNode): unknown {
    step(node);
    switch (node.kind) {
      case 'scalar':
        return number(node, scalar(node));
      case 'sequence':
        return node.children.map(read);
      case 'mapping': {
        const entries: Entries = {};
        fill(entries, node);
        return entries;
      }
      case 'alias':
        return through(node, () => read(node.target));
    }
  }

  function through<T>(alias: YamlNode, action: () => T): T {
    if (openAliases.has(alias)) reject(alias, 'anchor value contains itself');
    openAliases.add(alias);
    const result = action();
    openAliases.delete(alias);
    return result;
  }

  function fill(entries: Entries, { children }: CollectionNode): void {
    for (let index = 0; index < children.length; index += 2) {
      const key = children[index] as YamlNode;
      const value = children[index + 1] as YamlNode;
      if (isMerge(key)) merge(entries, value);
      else put(entries, keyOf(key), read(value));
    }
  }

  // As in yaml.v2, the first of several mappings wins, also over keys before the merge.
  function merge(entries: Entries, value: YamlNode): void {
    const sources = value.kind === 'sequence' ? value.children.toReversed() : [value];
    for (const source of sources) {
      const mapping = source.kind === 'alias' ? source.target : source;
      if (mapping.kind !== 'mapping')
        return reject(source, 'map merge requires map or sequence of maps as the value');
      step(source);
      if (source === mapping) fill(entries, mapping);
      else
        through(source, () => {
          step(mapping);
          fill(entries, mapping);
        });
    }
  }

  function keyOf(node: YamlNode): string {
    step(node);
    if (node.kind === 'alias') return through(node, () => keyOf(node.target));
    const text = node.kind === 'scalar' ? keyText(scalar(node)) : undefined;
    return text ?? reject(node, 'invalid map key, must be text, number or boolean');
  }

  function scalar(node: ScalarNode): Scalar {
    if (node.tag === '') return node.plain ? plainScalar(node.text) : node.text;
    const value = taggedScalar(node.tag, node.text);
    return value === undefined ? reject(node, 'value does not match its tag') : value;
  }

  // JSON has only finite numbers.
  function number(node: ScalarNode, value: Scalar): unknown {
    if (typeof value === 'bigint') return Number(value);
    return typeof value === 'number' && !Number.isFinite(value)
      ? reject(node, 'number must be finite')
      : value;
  }

  return read(root);
}

type Entries = Record<string, unknown>;

function put(entries: Entries, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(entries, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  else entries[key] = value;
}

/** The limit of yaml.v2: 99% of a small document may come from aliases, 10% of a large one. */
function allowedAliasRatio(steps: number): number {
  return 0.99 - 0.89 * Math.min(1, Math.max(0, (steps - 400_000) / 3_600_000));
}

function isMerge(node: YamlNode): boolean {
  if (node.kind !== 'scalar' || node.text !== '<<') return false;
  return node.tag === '' ? node.plain : ['!', 'tag:yaml.org,2002:merge'].includes(node.tag);
}
