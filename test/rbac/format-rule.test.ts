import * as assert from 'uvu/assert';
import type { PolicyRule } from '../../src/objects.ts';
import { apiserverRules } from '../../src/rbac/profiles.ts';
import { covers, formatRule } from '../../src/rbac/rules.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { rule, rulesIn } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';

/** A rule in words, and as `rulesIn` reads it. */
const texts = `
nodes/log (all verbs) | * nodes/log
nodes/proxy get,create (only node-1, node-2) | get,create nodes/proxy of node-1,node-2
deployments.apps/scale get | get deployments/scale apps
nodes,nodes.apps get | get nodes "",apps
nodes/log.apps get | get nodes/log.apps
"nodes.apps" get | get nodes.apps
*.* (all verbs) | * * *
* (all verbs) | * *
*.apps/log get | get */log apps
URL /metrics,/logs/* get | get URL /metrics,/logs/*
URL * (all verbs) | * URL *
nodes "",get | "",get,"" nodes
`;

suite('rules in words', (test) => {
  for (const row of texts.trim().split('\n')) {
    const [text, rules = ''] = row.split(' | ');
    test(`${text}`, () => assert.equal(rulesIn(rules).map(formatRule), [text]));
  }

  for (const [text, odd] of [
    ['nodes get (only "a, b", "c)\\n")', rule('nodes', 'get', { resourceNames: ['a, b', 'c)\n'] })],
    ['nodes get, URL /metrics get', rule('nodes', 'get', { nonResourceURLs: ['/metrics'] })],
    ['nothing', { apiGroups: [''], resources: [], verbs: ['get'] }],
    ['nothing', { apiGroups: [''], resources: ['nodes'], verbs: [] }],
    ['nothing', { apiGroups: null, resources: null, verbs: null } as unknown as PolicyRule],
  ] as const)
    test(text, () => assert.is(formatRule(odd as PolicyRule), text));

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
