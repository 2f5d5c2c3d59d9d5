import * as assert from 'uvu/assert';
import type { PolicyRule } from '../../src/objects.ts';
import { apiserverRules } from '../../src/rbac/profiles.ts';
import { covers, formatRule } from '../../src/rbac/rules.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';

suite('rules in words', (test) => {
  for (const [text, rule] of [
    ['nodes/log (all verbs)', { apiGroups: [''], resources: ['nodes/log'], verbs: ['*'] }],
    [
      'nodes/proxy get,create (only node-1, node-2)',
      {
        apiGroups: [''],
        resources: ['nodes/proxy'],
        verbs: ['get', 'create'],
        resourceNames: ['node-1', 'node-2'],
      },
    ],
    [
      'deployments.apps/scale get',
      { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['get'] },
    ],
    ['nodes,nodes.apps get', { apiGroups: ['', 'apps'], resources: ['nodes'], verbs: ['get'] }],
    ['nodes/log.apps get', { apiGroups: [''], resources: ['nodes/log.apps'], verbs: ['get'] }],
    ['"nodes.apps" get', { apiGroups: [''], resources: ['nodes.apps'], verbs: ['get'] }],
    ['*.* (all verbs)', { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    ['* (all verbs)', { apiGroups: [''], resources: ['*'], verbs: ['*'] }],
    ['*.apps/log get', { apiGroups: ['apps'], resources: ['*/log'], verbs: ['get'] }],
    ['URL /metrics,/logs/* get', { nonResourceURLs: ['/metrics', '/logs/*'], verbs: ['get'] }],
    ['URL * (all verbs)', { nonResourceURLs: ['*'], verbs: ['*'] }],
    ['nodes "",get', { apiGroups: [''], resources: ['nodes'], verbs: ['', 'get', ''] }],
    [
      'nodes get (only "a, b", "c)\\n")',
      { apiGroups: [''], resources: ['nodes'], verbs: ['get'], resourceNames: ['a, b', 'c)\n'] },
    ],
    [
      'nodes get, URL /metrics get',
      { apiGroups: [''], resources: ['nodes'], nonResourceURLs: ['/metrics'], verbs: ['get'] },
    ],
    ['nothing', { apiGroups: [''], resources: [], verbs: ['get'] }],
    ['nothing', { apiGroups: [''], resources: ['nodes'], verbs: [] }],
    ['nothing', { apiGroups: null, resources: null, verbs: null } as unknown as PolicyRule],
  ] as const satisfies readonly (readonly [string, PolicyRule])[])
    test(text, () => assert.is(formatRule(rule as PolicyRule), text));

  test('formats the rules for kube-apiserver in one line', () => {
    assert.equal(apiserverRules.map(formatRule), [
      'nodes/proxy,nodes/stats,nodes/log,nodes/spec,nodes/metrics (all verbs)',
    ]);
  });

  test('formats different rules differently, with any text in their values', () => {
    const odd = fc.oneof(
      fc.constantFrom(...'|*|nodes|a/b|a.b|a.b/c|/x|URL|and|only|nothing'.split('|')),
      fc.string({ unit: fc.constantFrom(...'a*./"\\,() \n\u00e9'), maxLength: 5 }),
    );
    const list = fc.array(odd, { maxLength: 3 });
    const anyRule = fc.record({
      apiGroups: list,
      resources: list,
      verbs: list,
      resourceNames: list,
      nonResourceURLs: list,
    });
    fc.assert(
      fc.property(anyRule, (rule) => {
        // The replacement affects no values, because values that contain these words are quoted.
        const read = readRules(formatRule(rule).replaceAll('(all verbs)', '*'));
        return covers([rule], read) && covers(read, [rule]);
      }),
      runs(5000),
    );
  });
});

/** Parses the output of `formatRule`: returns a rule for each resource or URL. */
function readRules(text: string): PolicyRule[] {
  if (text === 'nothing') return [];
  return split(text, /, (?![^(]*\))/).flatMap((part): PolicyRule[] => {
    const [main = '', only] = split(part, / \(only /);
    const names = only === undefined ? [] : split(only.slice(0, -1), /, /).map(unquote);
    const columns = split(main, / /);
    const [what = [], verbs = []] = columns.slice(-2).map((column) => split(column, /,/));
    if (columns.length === 3)
      return [{ nonResourceURLs: what.map(unquote), verbs: verbs.map(unquote) }];
    return what.map((word) => ({
      ...readResource(word),
      verbs: verbs.map(unquote),
      resourceNames: names,
    }));
  });
}

function readResource(word: string) {
  const [left = '', ...subresource] = split(word, /\//);
  const [parent = '', ...group] = split(left, /\./);
  const path = [parent, ...(subresource.length > 0 ? [subresource.join('/')] : [])];
  return { apiGroups: [unquote(group.join('.'))], resources: [path.map(unquote).join('/')] };
}

/** Splits a text, but not within quotes: quoted parts are replaced by an unused character first. */
function split(text: string, separator: RegExp): string[] {
  const quoted: string[] = [];
  const aside = text.replace(/"(?:[^"\\]|\\.)*"/g, (all) => {
    quoted.push(all);
    return '\u0001';
  });
  return aside
    .split(separator)
    .map((part) => part.replaceAll('\u0001', () => quoted.shift() ?? ''));
}

function unquote(word: string): string {
  return word.startsWith('"') ? (JSON.parse(word) as string) : word;
}
