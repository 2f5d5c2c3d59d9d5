import * as assert from 'uvu/assert';
import { schemaErrors } from '../../kit/json-schema.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { withKubelets } from '../shared/rows/kubelets.ts';

const configured = (kubeletconfig: object) => ({ '/configz': { kubeletconfig } });

suite('diff configz', (test) => {
  test('prints settings that differ between the nodes that answered', () =>
    withKubelets(
      [
        configured({ maxPods: 110, port: 10_250, list: [1], text: '' }),
        configured({ maxPods: 110, port: 10_250, seccompDefault: true, list: [2], text: 'x' }),
        configured({ list: [1], text: '' }),
        { '/configz': 500 },
      ],
      async (tool) => {
        const { code, stdout } = await tool(['diff', 'configz']);
        assert.is(code, 4);
        assert.is(
          stdout,
          `FIELD            VALUE     NODES   NAMES
list             [1]       2       node-1, node-3
list             [2]       1       node-2
maxPods          110       2       node-1, node-2
maxPods          <unset>   1       node-3
port             10250     2       node-1, node-2
port             <unset>   1       node-3
seccompDefault   <unset>   2       node-1, node-3
seccompDefault   true      1       node-2
text             ""        2       node-1, node-3
text             "x"       1       node-2
`,
        );
        const json = await tool(['diff', 'configz', '-o', 'json']);
        const { items, failed } = JSON.parse(json.stdout);
        const values = items.map(({ value }: { value?: unknown }) => value);
        assert.equal(values.slice(0, 4), [[1], [2], 110, undefined]);
        assert.not.match(json.stdout, 'null');
        assert.equal(failed.length, 1);
        const one = await tool('diff configz --sort-by value --limit 1 -o json');
        const list = JSON.parse(one.stdout);
        assert.is(list.items.length, 1);
        assert.equal(
          schemaErrors('docs/schemas/KubeletSettingDifferenceList.schema.json', list),
          [],
        );
      },
    ));

  test('reports that no settings differ, or that there is nothing to compare', () =>
    withKubelets([configured({ maxPods: 1 }), configured({ maxPods: 1 })], async (tool) => {
      const same = await tool(['diff', 'configz']);
      assert.equal([same.code, same.stdout], [0, '']);
      assert.is(same.stderr, 'no differences found\n2 of 2 nodes answered\n');
      const one = await tool(['diff', 'configz', '-l', 'kubernetes.io/hostname=node-2']);
      assert.equal([one.code, one.stdout], [0, '']);
      assert.match(one.stderr, /^note: nothing to compare: only node-2 answered$/m);
    }));
});

suite('diff flagz', (test) => {
  test('prints flags that differ', () =>
    withSandbox({ nodes: ['none', 'none'] }, async (_, tool) => {
      const { stdout } = await tool(['diff', 'flagz']);
      assert.is(
        stdout,
        `FLAG                VALUE    NODES   NAMES
hostname-override   node-1   1       node-1
hostname-override   node-2   1       node-2
v                   2        1       node-1
v                   4        1       node-2
`,
      );
      const { stdout: json } = await tool(['diff', 'flagz', '-o', 'json']);
      assert.equal(
        schemaErrors('docs/schemas/KubeletFlagDifferenceList.schema.json', JSON.parse(json)),
        [],
      );
    }));

  test('distinguishes an empty flag from a flag that does not exist', () =>
    withKubelets(
      [{ x: '', v: '2' }, { v: '2' }].map((flags) => ({ '/flagz': { kind: 'Flagz', flags } })),
      async (tool) => {
        const { stdout } = await tool(['diff', 'flags', '--no-headers']);
        assert.is(stdout, 'x   ""        1   node-1\nx   <unset>   1   node-2\n');
        const csv = await tool(['diff', 'flags', '--no-headers', '-o', 'csv']);
        assert.is(csv.stdout, 'x,"",1,node-1,node-1\r\nx,,1,node-2,node-2\r\n');
        const { items } = JSON.parse((await tool(['diff', 'flags', '-o', 'json'])).stdout);
        assert.equal(
          items.map((each: object) => 'value' in each),
          [true, false],
        );
      },
    ));
});
