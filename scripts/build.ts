// `npm run build [-- --marks]`: builds dist/kubectl-kubeletaccess for this platform. With --marks, the built program prints the times of
// its steps at the end of each run.
import { mkdir, rm } from 'node:fs/promises';
import { bundle } from './bundle.ts';
import { makeExecutable } from './make-executable.ts';
import { dist, executable, goPlatform } from './paths.ts';

await rm(executable, { force: true });
await mkdir(dist, { recursive: true });
await makeExecutable({
  bundle: await bundle({ marks: process.argv.includes('--marks') }),
  platform: goPlatform,
  // Nothing is downloaded, because the Node that runs this script comes from npm.
  nodePath: process.execPath,
  nodeVersion: process.versions.node,
  generator: [process.execPath],
  snapshot: true,
  output: executable,
});
