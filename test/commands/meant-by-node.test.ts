import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';

/** Command lines with another word in place of a node, the exit code, and the hint about the meaning. */
const words = [
  ['endpoints metrics', 1, 'a permission: kubectl kubeletaccess endpoints nodes/metrics'],
  [
    'metrics certificate',
    1,
    `metrics with certificate in their names: kubectl kubeletaccess metrics --filter '{__name__=~".*certificate.*"}'`,
  ],
  ['status metrics-server', 1, 'an agent: kubectl kubeletaccess check metrics-server'],
  [
    'certificates client',
    1,
    'days left of client certificates are column CLIENT: kubectl kubeletaccess certificates',
  ],
  [
    'revoke user:bob',
    2,
    'users, groups and service accounts are --subject KIND:NAME: kubectl kubeletaccess revoke --help',
  ],
  ['diff configz maxPods', 2, 'settings are rows: kubectl kubeletaccess diff configz'],
  [
    'get configz maxpods',
    1,
    'settings with maxpods in their names: kubectl kubeletaccess get configz --field maxpods',
  ],
  ['get configz maxPods', 2, 'a setting: kubectl kubeletaccess get configz --field maxPods'],
  ['get maxPods', 2, 'did you mean: kubectl kubeletaccess get configz --field maxPods'],
  ['diff maxPods', 2, 'did you mean: kubectl kubeletaccess diff configz'],
  ['metrics Certificate', 2, 'a metric: kubectl kubeletaccess metrics --filter METRIC'],
] as const;

suite('a word that is not the name of a node', (test) => {
  for (const [line, code, hint] of words)
    test(`leads to a hint about its meaning: ${line}`, () =>
      withSandbox({ nodes: ['none'] }, async (_, tool) => {
        const result = await tool(line.split(' '));
        assert.is(result.code, code, result.stderr);
        assert.match(result.stderr, `\nhint: ${hint}\n`);
        // The suggested command works.
        const [, command = ''] = /kubectl kubeletaccess (.*)$/.exec(hint) ?? [];
        const typed = command.replaceAll("'", '').replace('METRIC', 'up_total').split(' ');
        assert.ok([0, 3].includes((await tool(typed)).code), command);
      }));

  test('leads to no hint if the word has no other meaning', () =>
    withSandbox({ nodes: ['none'] }, async (_, tool) => {
      const { stderr } = await tool(['top', 'nodes', 'other']);
      assert.is(
        stderr,
        'Error from server (NotFound): nodes "other" not found\nhint: kubectl get nodes\n',
      );
    }));
});

suite('endpoints nodes/metrics', (test) => {
  test('lists the paths that a permission allows', () =>
    withSandbox({ nodes: [] }, async ({ apiServer }, tool) => {
      const paths = async (word: string) =>
        (await tool(['endpoints', word])).stdout
          .trimEnd()
          .split('\n')
          .slice(1)
          .map((row) => row.split(/ +/)[0]);
      assert.equal(await paths('nodes/metrics'), [
        '/metrics',
        '/metrics/cadvisor',
        '/metrics/resource',
        '/metrics/probes',
        '/metrics/slis',
      ]);
      assert.ok((await paths('nodes/proxy')).length > 8);
      assert.equal(apiServer.requests, []);
    }));
});
