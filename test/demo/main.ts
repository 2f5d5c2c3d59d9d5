// `npm run demo [-- --keep]`: plays a story on a small cluster in this process, each command with its real output; with --keep, leaves
// the cluster up, to type commands by hand.
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
