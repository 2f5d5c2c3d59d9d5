// `node scripts/release/record-node.ts SHASUMS256.txt.asc --keys KEYS --key FINGERPRINT ARCHIVE...`: records the sums of the Node binaries
// in these files of nodejs.org/dist/vVERSION, after gpg has verified the signature of the sums by this key. KEYS has the keys of Node's
// releasers (github.com/nodejs/release-keys), and --key names the one whose fingerprint you have compared with Node's README.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { extract } from 'tar';
import { run } from '../tools/shell.ts';
import { readSums, sha256, sumsFile } from './node-sums.ts';
import { platforms } from './platforms.ts';
import { needCommand } from './tools.ts';

interface Recording {
  readonly sums: string;
  readonly keys: string;
  readonly key: string;
  readonly archives: readonly string[];
  /** The file to write, and to read what is recorded already. */
  readonly to?: string;
}

/** Nothing is recorded unless all archives are as the publisher signed them. */
export async function recordNode(recording: Recording): Promise<void> {
  const { key, archives, to = sumsFile } = recording;
  const work = mkdtempSync(join(tmpdir(), 'kubeletaccess-node-'));
  try {
    const signed = parseSums(await verify(recording, work));
    const recorded = { ...readSums(to) };
    for (const archive of archives) {
      const { spec, isBinary, member } = describe(archive);
      const name = isBinary ? member : basename(archive);
      const [expected, found] = [signed.get(name), sha256(archive)];
      if (expected === undefined) throw new Error(`the signed sums have no ${name}`);
      if (found !== expected) throw new Error(`${archive} has the sum ${found}, not ${expected}`);
      if (!isBinary) await extract({ file: archive, cwd: work, filter: (path) => path === member });
      const own = isBinary ? found : sha256(join(work, member));
      const npm = recorded[spec];
      if (npm && npm.sha256 !== own)
        throw new Error(
          `the publisher's Node of ${spec} has the sum ${own}, and that of npm ${npm.sha256}: do not release it`,
        );
      recorded[spec] = { sha256: own, signedBy: key };
    }
    writeFileSync(to, `${JSON.stringify(recorded, undefined, 2)}\n`);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Returns the signed text. Text outside of the signature is not in it. */
async function verify({ sums, keys, key }: Recording, work: string): Promise<string> {
  const gpg = await needCommand('gpg', 'gnupg');
  const home = ['--homedir', work, '--batch', '--no-autostart'];
  await run(gpg, [...home, '--import', keys]);
  const text = join(work, 'sums');
  const status = await run(gpg, [...home, '--status-fd=1', '--output', text, '--decrypt', sums]);
  // The last field is the fingerprint of the primary key.
  const [, signer] = /^\[GNUPG:\] VALIDSIG .* ([0-9A-F]{40})$/m.exec(status) ?? [];
  if (signer !== key) throw new Error(`${sums} is signed by ${signer ?? 'nobody'}, not ${key}`);
  return readFileSync(text, 'utf8');
}

function parseSums(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, sum, name] = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line) ?? [];
      return sum !== undefined && name !== undefined ? [[name, sum] as const] : [];
    }),
  );
}

/**
 * Returns the npm package of a file such as `node-v26.10.0-linux-x64.tar.gz`, and the path of Node in it. For Windows, the publisher signs
 * the sum of node.exe itself: the file is `v26.10.0/win-x64/node.exe`.
 */
function describe(archive: string) {
  const [, windows, exe] = /\bv(\d+\.\d+\.\d+)\/(win-\w+)\/node\.exe$/.exec(archive) ?? [];
  const [, version, platform] =
    /^node-v(\d+\.\d+\.\d+)-((?:linux|darwin)-\w+)\.tar\.gz$/.exec(basename(archive)) ?? [];
  const name = platforms.find(({ node }) => node.endsWith(`-${exe ?? platform}`))?.node;
  if (name === undefined) throw new Error(`${archive} is no Node of a platform of a release`);
  return {
    spec: `${name}@${windows ?? version}`,
    isBinary: exe !== undefined,
    member: exe === undefined ? `node-v${version}-${platform}/bin/node` : `${exe}/node.exe`,
  };
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { keys: { type: 'string' }, key: { type: 'string' } },
  });
  const { keys, key } = values;
  const [sums, ...archives] = positionals;
  if (sums === undefined || archives.length === 0 || keys === undefined || key === undefined)
    throw new Error(
      'usage: record-node.ts SHASUMS256.txt.asc --keys KEYS --key FINGERPRINT ARCHIVE...',
    );
  await recordNode({ sums, keys, key, archives });
}
