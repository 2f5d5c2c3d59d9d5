// A process that runs test files by message, one at a time.
import { enableCompileCache } from 'node:module';
import { compiledTests } from '../../scripts/tools/folders.ts';

process.umask(0o022);
// Caches compiled modules for all workers, but not for the programs that they start.
if (!process.env['NODE_V8_COVERAGE']) enableCompileCache(compiledTests());
process.env['NODE_DISABLE_COMPILE_CACHE'] = '1';
const loaded = import('./run-file.ts');
process.on('message', (file: string) => {
  void loaded.then(({ runFile }) => runFile(file)).then((result) => process.send?.(result));
});
// Handles that a test left open do not keep a worker alive.
process.on('disconnect', () => process.exit());
