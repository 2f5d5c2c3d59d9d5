// The program as JavaScript for an installed Node, and the Nix expression that runs it with the Node of nixpkgs.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shims } from '../../src/commands/completion/shim.ts';
import { laterFiles } from '../bundle.ts';
import { thirdPartyNotices } from '../notices.ts';
import { root } from '../paths.ts';
import { writeArchive } from '../release/archive.ts';
import { texts } from '../release/platforms.ts';
import { about, downloadOf, product } from './about.ts';

export const javascriptName = `${product}_js.tar.gz`;
export const nixName = `${product}.nix`;

const major = 26;

/**
 * Writes the archive to a folder.
 * @param main path of the bundle
 * @param work an empty folder for temporary files
 */
export async function makeJavascriptArchive(
  main: string,
  work: string,
  folder: string,
  time: Date,
): Promise<void> {
  const later = Object.entries(laterFiles());
  await mkdir(join(work, 'later'), { recursive: true });
  await copyFile(main, join(work, 'main.cjs'));
  for (const [name, path] of later) await copyFile(path, join(work, 'later', name));
  for (const name of texts) await copyFile(join(root, name), join(work, name));
  await writeFile(join(work, 'THIRD_PARTY_NOTICES'), thirdPartyNotices());
  for (const { name, text } of shims.unix) await writeFile(join(work, name), text);
  const files = [
    ...['main.cjs', ...later.map(([name]) => `later/${name}`)],
    ...[...texts, 'THIRD_PARTY_NOTICES', ...shims.unix.map(({ name }) => name)],
  ];
  await writeArchive(join(folder, javascriptName), work, files, time);
}

/** @param sha256 hash of the archive in hexadecimal */
export function nixExpression(sha256: string): string {
  const facts = about();
  const completers = shims.unix.map(({ name }) => name);
  return `# nix-build ${nixName}: ${product} on nixpkgs' Node.js.
{ pkgs ? import <nixpkgs> { } }:
pkgs.stdenvNoCC.mkDerivation {
  pname = "${product}";
  version = "${facts.version}";
  src = pkgs.fetchurl {
    url = "${downloadOf(facts, javascriptName)}";
    sha256 = "${sha256}";
  };
  sourceRoot = ".";
  nativeBuildInputs = [ pkgs.makeWrapper ];
  installPhase = ''
    mkdir -p $out/bin $out/lib/${product}
    cp -r main.cjs later ${texts.join(' ')} THIRD_PARTY_NOTICES $out/lib/${product}
    install -m755 ${completers.join(' ')} $out/bin
    makeWrapper \${pkgs.nodejs_${major}}/bin/node $out/bin/${product} --add-flags $out/lib/${product}/main.cjs
  '';
  meta = {
    description = "${facts.description}";
    homepage = "${facts.homepage}";
    license = pkgs.lib.licenses.asl20;
    mainProgram = "${product}";
    platforms = pkgs.lib.platforms.unix;
  };
}
`;
}
