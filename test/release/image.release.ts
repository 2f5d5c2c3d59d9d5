import {
  appendFileSync,
  existsSync,
  globSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { imageArchiveName } from '../../scripts/image/make-image.ts';
import { release } from '../../scripts/paths.ts';
import { type Platform, platformName, programName } from '../../scripts/release/platforms.ts';
import { needArmEmulation, needCommand } from '../../scripts/release/tools.ts';
import { run } from '../../scripts/tools/shell.ts';
import { version } from '../../src/version.ts';
import { suite } from '../kit/suite.ts';
import { temporaryFolder, withFiles } from '../kit/temporary.ts';
import { type Result, runProcess } from '../kit/tool.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import { platformOfBinary } from './binary-format.ts';
import { made, unpack, works } from './programs.ts';

const skopeo = await needCommand('skopeo', 'skopeo');
const umoci = await needCommand('umoci', 'umoci');
const chroot = await needCommand('chroot', 'coreutils');
const archive = `oci-archive:${join(release, imageArchiveName)}`;
const program = 'usr/bin/kubectl-kubeletaccess';
const ofLinux = made.filter(({ os }) => os === 'linux');

const folder = temporaryFolder();

function inspect(...args: readonly string[]): Promise<string> {
  return run(skopeo, ['inspect', ...args, archive]);
}

interface Bundle {
  readonly root: string;
  readonly process: {
    readonly user: { readonly uid: number; readonly gid: number };
    readonly args: readonly string[];
    readonly env: readonly string[];
  };
}

/** Unpacks the image for a platform with skopeo and umoci. These programs also check the digests in the image. */
async function unpackImage({ os, arch }: Platform): Promise<Bundle> {
  // Each platform has its own OCI layout, because a layout may lose a tag if two copies run at the same time.
  const layout = `${join(folder, `layout-${arch}`)}:${arch}`;
  const bundle = join(folder, arch);
  const platform = [`--override-os=${os}`, `--override-arch=${arch}`];
  await run(skopeo, ['copy', '--quiet', ...platform, archive, `oci:${layout}`]);
  await run(umoci, ['unpack', '--image', layout, bundle]);
  const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as Bundle;
  return { root: join(bundle, 'rootfs'), process: config.process };
}

/** Runs a command in the unpacked image, as the user and in the environment that the image sets. */
function start(
  { root, process }: Bundle,
  command: readonly string[],
  kubeconfig = join(folder, 'nowhere'),
): Promise<Result> {
  const config = join(root, 'tmp/config');
  rmSync(config, { force: true });
  if (existsSync(kubeconfig)) writeFileSync(config, readFileSync(kubeconfig), { mode: 0o644 });
  const variables = process.env.map((text) => text.split('=') as [string, string]);
  const { uid, gid } = process.user;
  return runProcess(chroot, [`--userspec=${uid}:${gid}`, root, ...command], {
    env: { ...Object.fromEntries(variables), KUBECONFIG: '/tmp/config' },
  });
}

suite('the image', (test) => {
  test(`is for ${ofLinux.map(platformName).join(' and ')}, is named after its version, and has at most 92 MB`, async () => {
    const { manifests } = JSON.parse(await inspect('--raw')) as {
      readonly manifests: readonly { readonly platform: object }[];
    };
    assert.equal(
      manifests.map(({ platform }) => platform),
      ofLinux.map(({ arch }) => ({ os: 'linux', architecture: arch })),
    );
    await run(skopeo, ['inspect', `${archive}:v${version}`]);
    assert.ok(statSync(join(release, imageArchiveName)).size <= 92e6);
  });

  for (const platform of ofLinux) {
    const { arch } = platform;
    const unpacked = unpackImage(platform);
    unpacked.catch(() => undefined);

    test(`${arch}: starts the program as an unprivileged user, and has labels`, async () => {
      const { process } = await unpacked;
      assert.equal([process.user.uid, process.user.gid], [65532, 65532]);
      assert.equal(process.args, [`/${program}`]);
      const info = JSON.parse(await inspect('--override-os=linux', `--override-arch=${arch}`));
      assert.equal([info.Os, info.Architecture, info.Layers.length], ['linux', arch, 1]);
      const labels = (name: string) => info.Labels[`org.opencontainers.image.${name}`];
      assert.is(labels('title'), 'kubectl-kubeletaccess');
      assert.is(labels('version'), `v${version}`);
      assert.is(labels('licenses'), 'Apache-2.0');
    });

    test(`${arch}: has only the program of the archive, a shell and libraries of its platform`, async () => {
      const { root } = await unpacked;
      const bytes = (path: string) => readFileSync(path);
      assert.ok(
        bytes(join(root, program)).equals(
          bytes(join(await unpack(platform), programName(platform))),
        ),
      );
      assert.equal(readdirSync(join(root, 'usr/bin')), ['kubectl-kubeletaccess']);
      assert.equal(readdirSync(join(root, 'bin')).sort(), ['dash', 'sh']);
      const roots = ['bin', 'etc', 'lib', ...(arch === 'amd64' ? ['lib64'] : [])];
      assert.equal(readdirSync(root).sort(), [...roots, 'tmp', 'usr', 'var']);
      const paths = globSync('**', { cwd: root }).map((path) => join(root, path));
      const libraries = paths.filter((path) => /\.so(?:\.[\d.]+)?$/.test(path));
      for (const path of libraries)
        assert.equal(platformOfBinary(bytes(path)), { os: 'linux', arch }, path);
      assert.ok(libraries.some((path) => path.endsWith('/libc.so.6')));
      const total = paths.reduce((sum, path) => sum + lstatSync(path).size, 0);
      assert.ok(total < 150e6, `${total} bytes`);
    });

    test(`${arch}: only root may write its files`, async () => {
      const { root } = await unpacked;
      for (const path of globSync('**', { cwd: root })) {
        const { uid, gid, mode } = lstatSync(join(root, path));
        assert.equal([uid, gid], [0, 0], path);
        if (path !== 'tmp') assert.is(mode & 0o7000, 0, path);
        if (path !== 'tmp' && (mode & 0o170000) !== 0o120000) assert.is(mode & 0o022, 0, path);
      }
      assert.is(lstatSync(join(root, program)).mode & 0o777, 0o755);
    });

    test(`${arch}: records the Debian packages of the SBOM`, async () => {
      const { root } = await unpacked;
      const text = readFileSync(join(release, 'kubectl-kubeletaccess.cdx.json'), 'utf8');
      const { components } = JSON.parse(text) as { readonly components: readonly Component[] };
      const debian = components.filter(
        ({ purl, properties = [] }) =>
          purl.startsWith('pkg:deb/') && properties.some(({ value }) => value === `linux/${arch}`),
      );
      const records = join(root, 'var/lib/dpkg/status.d');
      assert.equal(
        readdirSync(records).sort(),
        [...debian.map(({ name }) => name), 'kubectl-kubeletaccess'].sort(),
      );
      for (const { name, version: expected } of debian)
        assert.ok(
          readFileSync(join(records, name), 'utf8').includes(`\nVersion: ${expected}\n`),
          name,
        );
    });

    if (arch === 'arm64')
      test('arm64: runs with its libraries in an emulation: version, help, curl, status', async () => {
        const { root } = await unpacked;
        const [command = '', ...before] = await needArmEmulation(root);
        await works((args, kubeconfig) =>
          runProcess(command, [...before, join(root, program), ...args], {
            env: { KUBECONFIG: kubeconfig },
          }),
        );
      });
    else {
      test('amd64: runs: version, help, curl, status', async () => {
        const bundle = await unpacked;
        await works((args, kubeconfig) =>
          start(bundle, [...bundle.process.args, ...args], kubeconfig),
        );
      });

      test('amd64: has a shell that finds the program', async () => {
        const script = 'kubectl-kubeletaccess curl summary --shard "$((2 + 1))/3" 2>&1 || echo $?';
        const { stdout } = await start(await unpacked, ['sh', '-c', script]);
        assert.match(stdout, /add --all\n2\n$/);
      });

      test('amd64: trusts the certificate authorities in the image if a kubeconfig has no certificate authority', () =>
        withSandbox(async ({ kubeconfigs, authority }) => {
          const bundle = await unpacked;
          const config = JSON.parse(readFileSync(kubeconfigs.admin, 'utf8'));
          delete config.clusters[0].cluster['certificate-authority-data'];
          await withFiles({ config: JSON.stringify(config) }, async (files) => {
            const request = ['curl', '/healthz', '--node', 'node-1', '--via', 'apiserver'];
            const command = [...bundle.process.args, ...request];
            const ask = () => start(bundle, command, join(files, 'config'));
            assert.match((await ask()).stderr, /signed by an authority that is not trusted/);
            const trusted = join(bundle.root, 'etc/ssl/certs/ca-certificates.crt');
            assert.ok(readFileSync(trusted, 'utf8').split('BEGIN CERTIFICATE').length > 100);
            appendFileSync(trusted, authority.cert);
            assert.match(
              (await ask()).stderr,
              /^error: the kubelet of node-1 through the API server/,
            );
          });
        }));
    }
  }
});

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly properties?: readonly { readonly value: string }[];
}
