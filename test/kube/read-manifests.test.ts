import { Readable } from 'node:stream';
import * as assert from 'uvu/assert';
import { Failure } from '../../src/errors.ts';
import { readManifests } from '../../src/kube/read-manifests.ts';
import { fc } from '../kit/fast-check.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';

const kinds = ['ClusterRole', 'Pod'];
const role = (name: string) => `apiVersion: v1\nkind: ClusterRole\nmetadata: {name: ${name}}\n`;

function sourceOf(cwd: string, stdin: string | Buffer = '') {
  return { cwd, signal: new AbortController().signal, stdin: Readable.from([Buffer.from(stdin)]) };
}

/** Reads the kinds, names and positions of the objects in a text. */
async function read(text: string | Buffer): Promise<readonly string[]> {
  const found = await readManifests(['-'], kinds, sourceOf('/', text));
  return found.map(({ fields, place }) => {
    const { name } = fields['metadata'] as { name: string };
    return `${String(fields['kind'])} ${name} (${place.replace('standard input, ', '')})`;
  });
}

async function messageOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
  } catch (error) {
    if (error instanceof Failure) return [error.message, ...error.hints].join(' | ');
    throw error;
  }
  return '';
}

const problem = (text: string) => messageOf(read(text));

suite('manifests', (test) => {
  test('are the documents of a file, apart from comments and empty documents', async () => {
    const text = `# a chart\n---\n# Source: a.yaml\n${role('a')}\n---\n\n--- # next\n${role('b')}---\n# nothing\n`;
    assert.equal(await read(text), ['ClusterRole a (line 2)', 'ClusterRole b (line 10)']);
    assert.equal(await read(role('a').replaceAll('\n', '\r\n')), ['ClusterRole a (line 1)']);
    assert.equal(await read(Buffer.from(`\uFEFF${role('a')}`, 'utf16le')), [
      'ClusterRole a (line 1)',
    ]);
    assert.equal(await read(''), []);
  });

  test('are the items of lists in YAML and in JSON', async () => {
    const list = {
      kind: 'List',
      items: [
        { kind: 'ClusterRole', metadata: { name: 'a' } },
        { kind: 'ClusterRoleList', items: [{ metadata: { name: 'b' } }] },
      ],
    };
    const expected = [
      'ClusterRole a (line 1, items[0])',
      'ClusterRole b (line 1, items[1], items[0])',
    ];
    assert.equal(await read(JSON.stringify(list)), expected);
    assert.equal(await read(JSON.stringify(list, null, 4)), expected);
    assert.equal(
      await read(`kind: List\nitems:\n- ${role('a').trim().replaceAll('\n', '\n  ')}\n`),
      ['ClusterRole a (line 1, items[0])'],
    );
  });

  test('need not be valid if their kind is not needed, such as ConfigMap', async () => {
    const others = ['kind: ConfigMap\na: "\\/ \\q"\n', 'kind: Secret\na: [\n', 'a: \u2028\n'];
    assert.equal(await read([role('a'), ...others].join('---\n')), ['ClusterRole a (line 1)']);
  });

  test('are reported with the line, but without their content, if they are invalid YAML', async () => {
    assert.is(
      await problem(`${role('a')}---\n${role('b')}rules: *s3cret\n`),
      'unable to read standard input: not valid YAML: line 8: unknown anchor referenced',
    );
    assert.is(
      await problem('kind: ClusterRole\nrules:\n{{ toYaml .Values.rules }}\n'),
      'unable to read standard input: not valid YAML: line 3: expected … after a mapping key | render a chart first: helm template NAME CHART',
    );
  });

  test('are found in folders recursively', () =>
    withFiles(
      {
        'chart/templates/a.yaml': role('a'),
        'chart/b.json': '{"kind":"ClusterRole","metadata":{"name":"b"}}',
        'chart/README.md': role('c'),
        'empty/README.md': '',
      },
      async (folder) => {
        const places = async (...paths: readonly string[]) =>
          (await readManifests(paths, kinds, sourceOf(folder))).map(({ place }) => place);
        const all = ['chart/b.json, line 1', 'chart/templates/a.yaml, line 1'];
        assert.equal(await places('chart'), all);
        assert.equal(await places('chart/b.json', 'chart/templates'), all);
        for (const [path, words] of [
          ['none', 'unable to read none: no such file or directory'],
          ['empty', 'no .yaml, .yml or .json file in folder empty'],
        ] as const)
          assert.is(await messageOf(places(path)), words);
      },
    ));

  test('are the same for any valid line that separates documents', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('# note\n', '\n', role('a'), role('b'), 'kind: Other\n'), {
          maxLength: 12,
        }),
        fc.constantFrom('---\n', '--- \n', '---\r\n', '--- # x\n'),
        async (documents, separator) => {
          const names = (await read(documents.join(separator))).map((each) => each.split(' ')[1]);
          const expected = documents.flatMap((each) => /name: (\w)/.exec(each)?.[1] ?? []);
          assert.equal(names, expected);
        },
      ),
    ));
});
