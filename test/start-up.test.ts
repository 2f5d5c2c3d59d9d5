import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../scripts/paths.ts';
import { suite } from './kit/suite.ts';
import { nowhere } from './kit/temporary.ts';
import { runProcess } from './kit/tool.ts';

/** Counts modules as they are loaded, and prints their URLs at the end. */
const hook = `
import { registerHooks } from 'node:module';
const urls = [];
registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
process.on('exit', () => process.stderr.write('\\nloaded ' + JSON.stringify(urls)));
`;

async function modulesOf(args: readonly string[]): Promise<readonly string[]> {
  const { stderr } = await runProcess(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(hook)}`,
      join(root, 'src/main.ts'),
      ...args,
    ],
    { env: { KUBECONFIG: nowhere } },
  );
  const [, list = '[]'] = /\nloaded (.*)$/s.exec(stderr) ?? [];
  return (JSON.parse(list) as string[]).filter((url) => url.startsWith('file:'));
}

/**
 * Maximum numbers of modules, from src and from packages, that a command may load. They are limited because an executable without a
 * snapshot evaluates all modules at each start. Raise a limit here if a command needs more.
 */
const budgets = [
  {
    args: ['version'],
    own: 36,
    packages: 24,
    without: /transport|src\/kube\/yaml|commands\/(?!version)/,
  },
  { args: ['--help'], own: 32, packages: 24, without: /src\/commands/ },
  {
    args: ['__complete', 'curl', '--n'],
    ...{ own: 200, packages: 27 },
    without: /commands\/(?!curl|completion|shared\/(?:door|fleet))|print-curl/,
  },
  {
    args: ['explain', 'no-route'],
    own: 95,
    packages: 30,
    without: /transport\/tls|commands\/(?!explain)/,
  },
  {
    args: ['curl', '/healthz', '--kubelet-address', '127.0.0.1:1'],
    ...{ own: 190, packages: 27 },
    without:
      /kube\/workers\/(?!worker-command)|commands\/(?!curl|shared\/(?:door|fleet))|print-curl|print-commands|text\/(?:table|render)|start-causes/,
  },
  {
    args: ['logs', 'default/web', '--kubelet-address', '127.0.0.1:1'],
    ...{ own: 175, packages: 26 },
    without: /commands\/(?!logs|shared\/(?:door|fleet|logs|pod|stream))|src\/kube\/streams/,
  },
  {
    args: ['exec', 'default/web', '--kubelet-address', '127.0.0.1:1', '--allow-exec', '--', 'ls'],
    ...{ own: 175, packages: 46 },
    without: /commands\/(?!exec|shared\/(?:door|fleet|pod|stream))/,
  },
  {
    args: ['top', 'nodes', '--kubelet-address', '127.0.0.1:1'],
    ...{ own: 235, packages: 34 },
    without: /kube\/workers\/(?!worker-command)|commands\/(?!top|shared\/(?:door|fleet|pod|rows))/,
  },
] as const;

suite('a start', (test) => {
  for (const { args, own, packages, without } of budgets)
    test(`loads only modules that the command uses: ${args.join(' ')}`, async () => {
      const modules = await modulesOf(args);
      const ours = modules.filter((url) => !url.includes('/node_modules/'));
      assert.ok(ours.length > 10, `${ours.length}`);
      assert.ok(ours.length <= own, `${ours.length} modules of ours`);
      const others = modules.length - ours.length;
      assert.ok(others <= packages, `${others} modules of packages`);
      assert.equal(
        modules.filter((url) => without.test(url)),
        [],
      );
    });
});
