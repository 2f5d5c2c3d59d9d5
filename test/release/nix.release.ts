import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar';
import * as assert from 'uvu/assert';
import { javascriptName, nixName } from '../../scripts/packages/javascript.ts';
import { release } from '../../scripts/paths.ts';
import { needCommand } from '../../scripts/release/tools.ts';
import { run } from '../../scripts/tools/shell.ts';
import { version } from '../../src/version.ts';
import { suite } from '../kit/suite.ts';

const nixBuild = await needCommand('nix-build', 'nix-bin');

/** A replacement for nixpkgs, with only the attributes that our Nix expression uses. */
const nixpkgs = `{ archive, node, tools }: {
  fetchurl = { url, sha256 }: assert builtins.hashFile "sha256" archive == sha256; archive;
  nodejs_26 = node;
  makeWrapper = null;
  lib = { licenses.asl20 = "Apache-2.0"; platforms.unix = [ "x86_64-linux" ]; };
  stdenvNoCC.mkDerivation =
    { pname, version, src, sourceRoot, nativeBuildInputs, installPhase, meta }: derivation {
      name = "\${pname}-\${version}";
      system = builtins.currentSystem;
      builder = "/bin/sh";
      PATH = tools;
      args = [ "-ec" ''
        makeWrapper() { printf '#!/bin/sh\\nexec %s %s "$@"\\n' "$1" "$4" > "$2"; chmod 755 "$2"; }
        tar xzf \${src}; cd \${sourceRoot}
        \${installPhase}
      '' ];
    };
}
`;

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeletaccess-nix-'));
  try {
    await use(folder);
  } finally {
    // Nix makes its output read-only.
    await run('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true });
  }
}

suite('the program as JavaScript', (test) => {
  test('runs on the Node of the system, even with NODE_DEBUG', () =>
    withFolder(async (cwd) => {
      await extract({ cwd, file: join(release, javascriptName) });
      for (const NODE_DEBUG of [undefined, 'tls']) {
        const env = { ...process.env, ...(NODE_DEBUG !== undefined && { NODE_DEBUG }) };
        const told = await run(process.execPath, ['main.cjs', 'version'], { cwd, env });
        assert.is(told, `kubectl-kubeletaccess v${version}\n`);
      }
    }));

  test('is built by the Nix expression, which checks the hash of the archive', () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, 'node/bin'), { recursive: true });
      symlinkSync(process.execPath, join(folder, 'node/bin/node'));
      writeFileSync(join(folder, 'nixpkgs.nix'), nixpkgs);
      const archive = join(release, javascriptName);
      const parts = `{ archive = ${archive}; node = "${folder}/node"; tools = "${process.env['PATH']}"; }`;
      const built = await run(
        nixBuild,
        [
          ...['--option', 'sandbox', 'false', '--option', 'build-users-group', ''],
          ...['--option', 'substitute', 'false', '--no-out-link'],
          ...['--arg', 'pkgs', `import ${folder}/nixpkgs.nix ${parts}`, join(release, nixName)],
        ],
        {
          env: {
            ...process.env,
            NIX_STORE_DIR: join(folder, 'store'),
            NIX_STATE_DIR: join(folder, 'state'),
            NIX_LOG_DIR: join(folder, 'log'),
            NIX_CONF_DIR: join(folder, 'conf'),
          },
        },
      );
      const program = join(built.trim(), 'bin/kubectl-kubeletaccess');
      assert.is(await run(program, ['version']), `kubectl-kubeletaccess v${version}\n`);
      assert.match(await run(program, ['endpoints']), '/stats/summary');
    }));
});
