import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/paths.ts';
import { runTool } from '../../kit/tool.ts';

export const rolesFolder = join(root, 'test/commands/narrow/roles');
export const goldenFile = join(root, 'test/commands/narrow/narrowed-roles.txt');

/** The role of an agent as its project has it, or had it before it was narrowed. */
export interface RoleFile {
  readonly name: string;
  readonly agent: string;
  /** What says which agent it is, where nothing in the file does. */
  readonly answer: readonly string[];
}

/** A file for each known agent. */
export const roleFiles: readonly RoleFile[] = readdirSync(rolesFolder)
  .sort()
  .map((name) => {
    const [title = '', remark = ''] = readFileSync(join(rolesFolder, name), 'utf8').split('\n');
    const agent = title.replace(/^# [^,]*, /, '');
    return { name, agent, answer: remark.startsWith('#') ? ['--agent', agent] : [] };
  });

/** What narrow prints of one of them. */
export function narrowFile({ name, answer }: RoleFile, ...args: readonly string[]) {
  return runTool(['narrow', '-f', name, ...answer, ...args], { cwd: rolesFolder });
}

/** What narrow prints of all of them. */
export async function narrowAll(): Promise<string> {
  const printed: string[] = [];
  for (const file of roleFiles) {
    const { code, stdout, stderr } = await narrowFile(file);
    printed.push(`# ${file.name}: exit ${code}\n${stdout}${stderr}`);
  }
  return printed.join('\n');
}
