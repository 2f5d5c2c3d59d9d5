import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { executable } from '../../scripts/paths.ts';
import { v8Flags } from '../../scripts/snapshot/make-blob.ts';
import { atEnd, suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { runProcess } from '../kit/tool.ts';
import { readEmbedded } from '../release/embedded.ts';
import { startSandbox } from '../sandbox/sandbox.ts';

const sandbox = await startSandbox({ minor: 37 });
atEnd(() => sandbox.stop());
const env = { KUBECONFIG: sandbox.kubeconfigs.admin, HOME: sandbox.directory };

/** The highest number of requests that each command may send. Requests are counted, because times depend on the machine. */
const requests = [
  { title: 'version', args: ['version'], most: 0 },
  { title: 'help', args: ['--help'], most: 0 },
  { title: 'grant', args: ['grant'], most: 18 },
  { title: 'grant with nothing to do', args: ['grant'], most: 8 },
  { title: 'curl of a node', args: ['curl', '/healthz', '--node', 'node-1'], most: 2 },
  {
    title: 'curl of a node with a cached address',
    args: ['curl', '/healthz', '--node', 'node-1'],
    most: 1,
  },
  { title: 'top of two nodes', args: ['top', 'nodes'], most: 5 },
  { title: 'logs of a pod', args: ['logs', 'web'], most: 3 },
  { title: 'status of two nodes', args: ['status'], most: 34 },
] as const;

suite('the executable', (test) => {
  for (const { title, args, most } of requests)
    test(`sends no more requests than it needs: ${title}`, async () => {
      const { stderr } = await runProcess(executable, [...args, '-v', '6'], { env });
      const sent = stderr.split('\n').filter((line) => line.includes('"Response" verb=')).length;
      assert.ok(sent <= most && (most === 0 || sent > 0), `${sent} requests`);
    });

  // The size is limited, because each start reads the whole snapshot.
  test('has a snapshot of at most 6.3 MB', () => {
    const { isSnapshot, program, assets } = readEmbedded(readFileSync(executable));
    assert.ok(isSnapshot);
    assert.ok(program.length <= 6_300_000, `${program.length} bytes`);
    assert.ok(Object.keys(assets).length > 20);
  });

  test('has compiled code that V8 accepts for the commands status and grant', async () => {
    const { program, assets } = readEmbedded(readFileSync(executable));
    const compiled = Object.keys(assets).filter((name) => name.endsWith('.code'));
    assert.ok(compiled.length > 10, compiled.join());
    const script = `const { readFileSync } = require('node:fs');
      const { Script } = require('node:vm');
      const rejected = ${JSON.stringify(compiled)}.map((name) => {
        const filename = name.replace('.code', '');
        const code = readFileSync(__dirname + '/' + filename, 'utf8');
        const cachedData = readFileSync(__dirname + '/' + name);
        return new Script(code, { filename, cachedData }).cachedDataRejected;
      });
      process.stdout.write('rejected ' + JSON.stringify(rejected) + '\\n');`;
    const files = Object.entries(assets).map(([name, text]) => [name, Buffer.from(text, 'latin1')]);
    const all = { ...Object.fromEntries(files), 'snapshot.blob': program, 'load.js': script };
    await withFiles(all, async (folder) => {
      const file = (name: string) => join(folder, name);
      const { stdout } = await runProcess(process.execPath, [
        ...v8Flags,
        ...['--snapshot-blob', file('snapshot.blob'), '--require', file('load.js')],
        ...['kubectl-kubeletaccess', 'version'],
      ]);
      assert.equal(stdout.split('\n')[0], `rejected ${JSON.stringify(compiled.map(() => false))}`);
    });
  });
});
