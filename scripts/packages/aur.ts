// The PKGBUILD with which Arch Linux installs the Linux archives.
import { shims } from '../../src/commands/completion/shim.ts';
import { type Archive, about, downloadOf, product } from './about.ts';

export const pkgbuildName = 'PKGBUILD';

const architectures = { amd64: 'x86_64', arm64: 'aarch64' } as const;

/** Renders the PKGBUILD; undefined if there are no archives for Linux. */
export function pkgbuild(archives: readonly Archive[]): string | undefined {
  const facts = about();
  const { version, description, homepage, license } = facts;
  const own = archives
    .filter(({ platform }) => platform.os === 'linux')
    .map((archive) => ({ ...archive, machine: architectures[archive.platform.arch] }));
  if (own.length === 0) return undefined;
  const programs = [product, ...shims.unix.map(({ name }) => name)];
  return [
    `pkgname=${product}-bin`,
    // pkgver may not contain a dash.
    `pkgver=${version.replaceAll('-', '_')}`,
    'pkgrel=1',
    `pkgdesc=${quoted(description)}`,
    `arch=(${own.map(({ machine }) => machine).join(' ')})`,
    `url=${quoted(homepage)}`,
    `license=(${quoted(license)})`,
    "depends=('glibc' 'gcc-libs')",
    `provides=('${product}')`,
    `conflicts=('${product}')`,
    // `strip` is not used: symbols are already removed, and `strip` would also remove the data that pkg appends.
    "options=('!strip' '!debug')",
    ...own.flatMap(({ machine, name, sha256 }) => [
      `source_${machine}=(${quoted(downloadOf(facts, name))})`,
      `sha256sums_${machine}=('${sha256}')`,
    ]),
    '',
    'package() {',
    ...programs.map((file) => `  install -Dm755 ${file} "$pkgdir/usr/bin/${file}"`),
    `  install -Dm644 LICENSE "$pkgdir/usr/share/licenses/${product}-bin/LICENSE"`,
    `  install -Dm644 SKILL.md "$pkgdir/usr/share/doc/${product}/SKILL.md"`,
    `  install -Dm644 THIRD_PARTY_NOTICES "$pkgdir/usr/share/doc/${product}/THIRD_PARTY_NOTICES"`,
    '}',
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
