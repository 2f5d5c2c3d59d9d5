// A process that runs the test files it is sent, one at a time.
import { runFile } from './run-file.ts';

process.umask(0o022);
process.on('message', (file: string) => {
  void runFile(file).then((result) => process.send?.(result));
});
// What a test left open keeps no worker.
process.on('disconnect', () => process.exit());
