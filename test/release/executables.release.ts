import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { platformName, programName } from '../../scripts/release/platforms.ts';
import { version } from '../../src/version.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { runProcess } from '../kit/tool.ts';
import { authenticodeSize, checkAdHocSignature, platformOfBinary } from './binary-format.ts';
import { readEmbedded } from './embedded.ts';
import { commandLine, made, unpack, works } from './programs.ts';

for (const platform of made)
  suite(`release ${platformName(platform)}`, (test) => {
    const { os, arch } = platform;
    const hasSnapshot = os === 'linux';
    const program = async () => join(await unpack(platform), programName(platform));
    const read = async () => readFileSync(await program());

    test('is an executable of its platform', async () => {
      assert.equal(platformOfBinary(await read()), { os, arch });
    });

    test('contains no path of the machine that built it', async () => {
      const file = await read();
      for (const path of [
        `${process.cwd()}/`,
        `${homedir()}/`,
        '/kubeletaccess-release-',
        '/kubeletaccess-pkg-',
        'pkg-sea-',
        'node_modules/node-',
      ])
        for (const encoding of ['latin1', 'utf16le'] as const) {
          const at = file.indexOf(Buffer.from(path, encoding));
          const around = file.toString('latin1', at - 40, at + 80);
          assert.is(at, -1, around);
        }
    });

    test('has at most 125 MB', async () => {
      const bytes = (await read()).length;
      assert.ok(bytes <= 125e6, `${bytes} bytes`);
    });

    if (os === 'darwin')
      test('has an ad-hoc signature that covers every page', async () => {
        const file = await read();
        assert.is(checkAdHocSignature(file), 'signed ad hoc');
        file[1_000_000] = ~(file[1_000_000] ?? 0);
        assert.match(checkAdHocSignature(file), /^page \d+ was changed$/);
      });

    if (os === 'windows')
      test('no longer has the signature of the Node project', async () => {
        assert.is(authenticodeSize(await read()), 0);
      });

    test(hasSnapshot ? 'starts from a snapshot' : 'starts from its source', async () => {
      const { path, isSnapshot, hasCodeCache } = readEmbedded(await read());
      assert.is(path, '/proc/self/cwd/kubectl-kubeletaccess.js');
      assert.is(isSnapshot, hasSnapshot);
      assert.not.ok(hasCodeCache);
    });

    if (platformName(platform) === 'linux/arm64')
      test('starts on processors that differ from the processor of the build machine', async () => {
        const [command = '', ...before] = await commandLine(await program(), platform);
        for (const cpu of ['max', 'cortex-a53', 'neoverse-n1', 'a64fx']) {
          const { stdout } = await runProcess(command, ['-cpu', cpu, ...before, 'version']);
          assert.is(stdout, `kubectl-kubeletaccess v${version}\n`, cpu);
        }
      });

    if (os === 'linux')
      test(`runs${arch === 'arm64' ? ' in an emulation' : ''}: version, help, curl, status`, async () => {
        const [command = '', ...before] = await commandLine(await program(), platform);
        await works((args, kubeconfig) =>
          runProcess(command, [...before, ...args], {
            env: { KUBECONFIG: kubeconfig, PATH: process.env['PATH'] },
          }),
        );
      });

    if (!hasSnapshot)
      test('contains a program that Node on this machine runs: version, help, curl, status', async () => {
        const { program, assets } = readEmbedded(await read());
        const later = Object.entries(assets).map(([name, text]) => [`later/${name}`, text]);
        const files = { 'main.cjs': program.toString('latin1'), ...Object.fromEntries(later) };
        await withFiles(files, (folder) =>
          works((args, kubeconfig) =>
            runProcess(process.execPath, [join(folder, 'main.cjs'), ...args], {
              env: { KUBECONFIG: kubeconfig },
            }),
          ),
        );
      });
  });
