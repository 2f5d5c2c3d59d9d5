// Runs test files in this process, one for each message.
import { enableCompileCache } from 'node:module';
import { compiledTests } from '../../scripts/tools/folders.ts';

process.umask(0o022);
// All workers share compiled modules, but programs that they start do not.
if (!process.env['NODE_V8_COVERAGE']) enableCompileCache(compiledTests());
process.env['NODE_DISABLE_COMPILE_CACHE'] = '1';
const loaded = import('./run-file.ts');
process.on('message', (file: string) => {
  void loaded.then(({ runFile }) => runFile(file)).then((result) => process.send?.(result));
});
// Exits with the parent, even if a test left handles open.
process.on('disconnect', () => process.exit());
