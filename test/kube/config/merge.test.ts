import { delimiter, join } from 'node:path';
import * as assert from 'uvu/assert';
import { loadKubeconfig } from '../../../src/kube/config/kubeconfig.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';

/** The content of a kubeconfig: a value for each name, and the current context. */
interface Written {
  readonly clusters: Readonly<Record<string, string>>;
  readonly users: Readonly<Record<string, string>>;
  readonly contexts: Readonly<Record<string, string>>;
  readonly current: string;
  readonly missing: boolean;
}

const names = fc.constantFrom('a', 'b', 'c', 'd', '', '__proto__', 'constructor', 'ä');
const entries = fc.dictionary(names, fc.constantFrom('1', '2', '3'), { noNullPrototype: true });
const file: fc.Arbitrary<Written> = fc.record({
  clusters: entries,
  users: entries,
  contexts: entries,
  current: fc.constantFrom('', 'a', 'b', 'c'),
  missing: fc.boolean(),
});

function text({ clusters, users, contexts, current }: Written): string {
  const list = (item: string, all: Readonly<Record<string, string>>, field: string) =>
    Object.entries(all).map(([name, value]) => ({ name, [item]: { [field]: value } }));
  return JSON.stringify({
    clusters: list('cluster', clusters, 'server'),
    users: list('user', users, 'token'),
    contexts: list('context', contexts, 'namespace'),
    'current-context': current,
  });
}

/** kubectl's rule, implemented independently: the first file with the name wins. */
function expected(
  files: readonly Written[],
  pick: (file: Written) => Readonly<Record<string, string>>,
) {
  const there = files.filter(({ missing }) => !missing);
  const all = new Set(there.flatMap((each) => Object.keys(pick(each))));
  return Object.fromEntries(
    [...all].sort().map((name) => {
      const first = there.find((each) => Object.hasOwn(pick(each), name));
      return [name, first && pick(first)[name]];
    }),
  );
}

const sorted = <T>(map: ReadonlyMap<string, T>, value: (entry: T) => string) =>
  Object.fromEntries(
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, entry]) => [name, value(entry)]),
  );

suite('kubeconfig: merging', (test) => {
  test('takes each name, and current-context, from the first of any three files that has it', () =>
    fc.assert(
      fc.asyncProperty(fc.tuple(file, file, file), async (files) => {
        const written = files.flatMap((each, index) =>
          each.missing ? [] : [[`f${index}`, text(each)] as const],
        );
        await withFiles(Object.fromEntries(written), async (directory) => {
          const KUBECONFIG = files.map((_, index) => join(directory, `f${index}`)).join(delimiter);
          const merged = await loadKubeconfig({
            explicit: undefined,
            env: { KUBECONFIG },
            cwd: directory,
            signal: new AbortController().signal,
          });
          assert.equal(
            {
              clusters: sorted(merged.clusters, ({ server }) => server),
              users: sorted(merged.users, ({ token }) => token),
              contexts: sorted(merged.contexts, ({ namespace }) => namespace),
              current: merged.currentContext,
            },
            {
              clusters: expected(files, ({ clusters }) => clusters),
              users: expected(files, ({ users }) => users),
              contexts: expected(files, ({ contexts }) => contexts),
              current:
                files.find(({ missing, current }) => !missing && current !== '')?.current ?? '',
            },
          );
        });
      }),
      runs(500),
    ));
});
