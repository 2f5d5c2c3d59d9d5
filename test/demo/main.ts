// `npm run demo [-- --keep]` starts a small cluster in this process, and runs the commands of a story on it with their real output. With
// --keep, the cluster keeps running, so that you can type commands yourself.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { keepCluster } from './keep.ts';
import { parseDemoOptions, usage } from './options.ts';
import { playStory } from './story.ts';

const options = parseDemoOptions(process.argv.slice(2));
if (!options) {
  process.stderr.write(usage);
  process.exit(2);
}

const kubectl = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, process.platform === 'win32' ? 'kubectl.exe' : 'kubectl'))
  .find((path) => existsSync(path));

await (options.keep ? keepCluster : playStory)(options, kubectl);
process.exit(0);
