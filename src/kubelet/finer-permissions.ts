import { isFound, type Known } from '../known.ts';
import { summarize } from '../text/list.ts';
import { kubeletAttributes } from './authorization.ts';
import { oneLine } from './authorization-result.ts';
import { type KubeletConfiguration, parseConfigz } from './configz.ts';
import { parseKubeletDenial } from './denial.ts';
import { fineGrainedSince } from './endpoints.ts';

/** Feature gate with which kubelets check nodes/pods, nodes/healthz and nodes/configz before nodes/proxy. */
export const finerGate = 'KubeletFineGrainedAuthz';

/**
 * Minor version in which the gate was alpha; it was on by default in the next one, and cannot be switched off since
 * `lockedSince`. https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/features/kube_features.go
 */
const alphaIn = fineGrainedSince - 1;
const lockedSince = 36;

/** Whether kubelets of a version may have the gate on or off, so that the version does not determine their checks. */
export function dependsOnGate(minor: number): boolean {
  return minor >= alphaIn && minor < lockedSince;
}

/** Returns a minor version that by default checks the same permissions as this version with the gate on or off. */
export function checksAs(minor: number, gate: boolean): number {
  if (!dependsOnGate(minor)) return minor;
  return gate ? Math.max(minor, fineGrainedSince) : Math.min(minor, alphaIn);
}

function defaultGate(minor: number): boolean {
  return minor >= fineGrainedSince;
}

/** Determines the gate by the answer to GET /configz: by its feature gates, or by the permissions that a denial names. */
export function gateByAnswer(
  { status, text }: { readonly status: number; readonly text: string },
  minor: number,
): Known<boolean> {
  const denial = status === 403 ? parseKubeletDenial(text) : undefined;
  if (denial) return { found: denial.subresources.some((each) => each !== 'proxy') };
  if (status !== 200) return { unknown: `the kubelet answered ${status}: ${oneLine(text)}` };
  const { decoded, problem } = parseConfigz(text);
  return decoded ? { found: gateIn(decoded.value, minor) } : { unknown: problem };
}

/** Whether a configuration has the gate on. If the gate is not set, AllAlpha or AllBeta decides. */
function gateIn({ featureGates: gates = {} }: KubeletConfiguration, minor: number): boolean {
  return (
    gates[finerGate] ?? gates[minor === alphaIn ? 'AllAlpha' : 'AllBeta'] ?? defaultGate(minor)
  );
}

/** Whether the denial of a request shows that the gate is off on a kubelet whose version has it on by default. */
export function showsGateOff(
  words: string,
  { method, path }: { readonly method: string; readonly path: string },
  minor: number | undefined,
): boolean {
  if (minor === undefined || !dependsOnGate(minor)) return false;
  const asked = parseKubeletDenial(words)?.subresources;
  const expected = kubeletAttributes(method, path, minor).subresources;
  return expected.length > 1 && asked?.length === 1 && asked[0] === 'proxy';
}

/** Explanation of a denial that shows the gate off; `gateRemedy` is a better remedy than granting nodes/proxy. */
export const gateOffWords = `feature gate ${finerGate} is off: the kubelet asks for nodes/proxy alone, as up to 1.${alphaIn}`;
export const gateRemedy = `set feature gate ${finerGate} of the kubelet to true, its default since 1.${fineGrainedSince}, rather than grant nodes/proxy, which runs commands in every container`;

export interface AskedGate {
  readonly node: string;
  readonly minor: number;
  readonly gate: Known<boolean>;
}

/** Returns the minor version whose checks a kubelet makes; if its gate is unknown, the version's default is assumed. */
export function checkedMinor({ minor, gate }: AskedGate): number {
  return checksAs(minor, isFound(gate) ? gate.found : defaultGate(minor));
}

/** Returns sentences on kubelets whose gate differs from the default of their version, and on gates that are assumed. */
export function gateNotes(asked: readonly AskedGate[]): readonly string[] {
  const other = asked.filter(
    ({ minor, gate }) => isFound(gate) && gate.found !== defaultGate(minor),
  );
  const [off, on] = [false, true].map((wanted) =>
    namesOf(other.filter(({ gate }) => isFound(gate) && gate.found === wanted)),
  );
  const unknown = asked.filter(({ gate }) => !isFound(gate));
  const [first] = unknown;
  return [
    off
      ? `${finerGate} is off: nodes/proxy is all that kubelets check for /pods there: ${off}`
      : [],
    on ? `${finerGate} is on: kubelets check nodes/pods before nodes/proxy there: ${on}` : [],
    first && !isFound(first.gate)
      ? `whether ${finerGate} is on is unknown, and assumed as by default: ${namesOf(unknown)} (/configz: ${first.gate.unknown})`
      : [],
  ].flat();
}

function namesOf(asked: readonly AskedGate[]): string {
  return summarize(asked, 5, ({ node }) => node);
}
