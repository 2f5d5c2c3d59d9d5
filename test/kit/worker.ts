// A process that runs the test files it is sent, one at a time.
import { enableCompileCache } from 'node:module';
import { compiledTests } from '../../scripts/tools/folders.ts';

process.umask(0o022);
// What all workers import is stripped of its types and compiled once. The programs that they start keep nothing.
if (!process.env['NODE_V8_COVERAGE']) enableCompileCache(compiledTests());
process.env['NODE_DISABLE_COMPILE_CACHE'] = '1';
const loaded = import('./run-file.ts');
process.on('message', (file: string) => {
  void loaded.then(({ runFile }) => runFile(file)).then((result) => process.send?.(result));
});
// What a test left open keeps no worker.
process.on('disconnect', () => process.exit());
