// The archive of one platform. It is made again only if the program, Node or the scripts change.
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { laterFiles } from '../bundle.ts';
import { makeExecutable } from '../make-executable.ts';
import { thirdPartyNotices } from '../notices.ts';
import { goPlatform, root } from '../paths.ts';
import { run } from '../tools/shell.ts';
import { writeArchive } from './archive.ts';
import { cachedFolder, ingredients } from './cached-folder.ts';
import { getGenerator, getNode, type NodeBinary } from './get-node.ts';
import {
  archiveName,
  filesOf,
  modeOf,
  type Platform,
  programName,
  shimsOf,
  texts,
} from './platforms.ts';
import { needArmEmulation, needCodesign } from './tools.ts';

export async function makeArchive(platform: Platform, bundle: string, time: Date): Promise<string> {
  const node = await getNode(platform.node);
  const generator = await getGenerator(node.version);
  const nodes = [node, generator] as const;
  const name = archiveName(platform);
  const folder = await cachedFolder(
    `release/${platform.os}_${platform.arch}`,
    archiveIngredients(bundle, nodes, time),
    async (made, work) => {
      await makeProgram(join(work, programName(platform)), platform, bundle, nodes);
      for (const name of texts) await copyFile(join(root, name), join(work, name));
      await writeFile(join(work, 'THIRD_PARTY_NOTICES'), thirdPartyNotices(generator.folder));
      for (const { name, text } of shimsOf(platform)) await writeFile(join(work, name), text);
      const files = filesOf(platform);
      for (const file of files) await chmod(join(work, file), modeOf(file));
      await writeArchive(join(made, name), work, files, time);
    },
  );
  return join(folder, name);
}

async function makeProgram(
  output: string,
  platform: Platform,
  bundle: string,
  [node, generator]: readonly [NodeBinary, NodeBinary],
): Promise<void> {
  const isNative = platform.os === goPlatform.os && platform.arch === goPlatform.arch;
  const isEmulated = !isNative && platform.os === 'linux' && platform.arch === 'arm64';
  const emulation = isEmulated ? await needArmEmulation() : [];
  const snapshot = isNative || isEmulated;
  await makeExecutable({
    bundle,
    platform,
    nodePath: node.path,
    nodeVersion: node.version,
    generator: snapshot ? [...emulation, node.path] : [generator.path],
    snapshot,
    output,
  });
  if (platform.os !== 'darwin') return;
  // macOS on arm64 runs only signed programs. An ad-hoc signature is enough.
  const sign = ['sign', '--binary-identifier=kubectl-kubeletaccess', output];
  await run(await needCodesign(), sign, { timeoutMs: 300_000 });
}

export function archiveIngredients(
  bundle: string,
  nodes: readonly NodeBinary[],
  time: Date,
): string {
  const files = [bundle, ...Object.values(laterFiles()), ...texts.map((name) => join(root, name))];
  return ingredients(files, 'scripts/{*,{release,snapshot}/*}.ts', time, [
    ...nodes.map(({ version, integrity }) => `${version} ${integrity}\n`),
    ...nodes.slice(1).map(({ folder }) => thirdPartyNotices(folder)),
  ]);
}
