import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../scripts/tools/folders.ts';
import { findCommand } from '../../scripts/tools/shell.ts';
import { quietTask } from '../../scripts/tools/task.ts';
import { go } from '../cluster/modules.ts';

const version = 'v1.7.12';

/** Returns the path of actionlint, which the first call compiles. Returns undefined if Go is missing. */
export async function needActionlint(): Promise<string | undefined> {
  const folder = join(cacheFolder(), `actionlint-${version}`);
  const program = join(folder, 'actionlint');
  if (existsSync(program)) return program;
  if (!findCommand('go')) return undefined;
  const module = `github.com/rhysd/actionlint/cmd/actionlint@${version}`;
  await go(['install', module], quietTask, '/', { GOBIN: folder });
  return program;
}
