import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/paths.ts';
import { runTool } from '../../kit/tool.ts';

export const rolesFolder = join(root, 'test/commands/narrow/roles');

/** The role of an agent as its project has it, or had it before it was narrowed. */
export interface RoleFile {
  readonly name: string;
  readonly agent: string;
  /** Names the agent where nothing in the file does. */
  readonly answer: readonly string[];
}

/** An agent for each way in which narrow changes a role, or leaves it. */
export const roleFiles: readonly RoleFile[] = readdirSync(rolesFolder)
  .sort()
  .map((name) => {
    const [title = '', remark = ''] = readFileSync(join(rolesFolder, name), 'utf8').split('\n');
    const agent = title.replace(/^# [^,]*, /, '');
    return { name, agent, answer: remark.startsWith('#') ? ['--agent', agent] : [] };
  });

/** The output of narrow for a file. */
export function narrowFile({ name, answer }: RoleFile, ...args: readonly string[]) {
  return runTool(['narrow', '-f', name, ...answer, ...args], { cwd: rolesFolder });
}
