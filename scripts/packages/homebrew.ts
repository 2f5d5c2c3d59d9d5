// The formula with which Homebrew installs the archives for macOS and Linux.
import { shims } from '../../src/commands/completion/shim.ts';
import type { Platform } from '../release/platforms.ts';
import { type Archive, about, downloadOf, product } from './about.ts';

export const formulaName = `${product}.rb`;

export function homebrewFormula(archives: readonly Archive[]): string {
  const facts = about();
  const { version, description, homepage, license } = facts;
  const on = (os: Platform['os'], name: string) => {
    const chosen = archives
      .filter(({ platform }) => platform.os === os)
      // `brew style` requires on_arm before on_intel.
      .toSorted((a, b) => b.platform.arch.localeCompare(a.platform.arch));
    return block(
      `on_${name}`,
      chosen.flatMap(({ platform, name: file, sha256 }) =>
        block(platform.arch === 'arm64' ? 'on_arm' : 'on_intel', [
          `url "${downloadOf(facts, file)}"`,
          `sha256 "${sha256}"`,
        ]),
      ),
    );
  };
  const sections = [
    [
      `desc "${description}"`,
      `homepage "${homepage}"`,
      `version "${version}"`,
      `license "${license}"`,
    ],
    // A platform that is not part of the release has no block.
    on('darwin', 'macos'),
    on('linux', 'linux'),
    block('def install', [
      `bin.install ${[product, ...shims.unix.map(({ name }) => name)].map((file) => `"${file}"`).join(', ')}`,
      'doc.install "SKILL.md", "THIRD_PARTY_NOTICES"',
    ]),
    block('test do', [
      `assert_match "${product} v#{version}", shell_output("#{bin}/${product} version")`,
    ]),
  ].filter((lines) => lines.length > 0);
  const lines = sections.flatMap((section, index) => (index === 0 ? section : ['', ...section]));
  return `${block('class KubectlKubeletaccess < Formula', lines).join('\n')}\n`;
}

/** Returns a block of Ruby code; no lines if the block would be empty. */
function block(head: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const opening = /^(class|def) |do$/.test(head) ? head : `${head} do`;
  return [opening, ...lines.map((line) => (line === '' ? '' : `  ${line}`)), 'end'];
}
