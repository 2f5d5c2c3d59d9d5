import { isFound, type Known } from '../known.ts';
import { summarize } from '../text/list.ts';
import { kubeletAttributes } from './authorization.ts';
import { oneLine } from './authorization-result.ts';
import { type KubeletConfiguration, parseConfigz } from './configz.ts';
import { parseKubeletDenial } from './denial.ts';
import { fineGrainedSince } from './endpoints.ts';

/** Feature gate. If it is on, kubelets check nodes/pods, nodes/healthz and nodes/configz before nodes/proxy. */
export const finerGate = 'KubeletFineGrainedAuthz';

/**
 * Minor version in which the gate was alpha. It is on by default in later versions, and from `lockedSince` on, it cannot be
 * switched off.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/features/kube_features.go
 */
const alphaIn = fineGrainedSince - 1;
const lockedSince = 36;

/**
 * Whether kubelets of this version may have the gate on or off. Then the version alone does not determine which permissions they
 * check.
 */
export function dependsOnGate(minor: number): boolean {
  return minor >= alphaIn && minor < lockedSince;
}

/**
 * Returns a minor version whose kubelets, by default, check the same permissions as kubelets of this version with the gate in this
 * state.
 */
export function checksAs(minor: number, gate: boolean): number {
  if (!dependsOnGate(minor)) return minor;
  return gate ? Math.max(minor, fineGrainedSince) : Math.min(minor, alphaIn);
}

function defaultGate(minor: number): boolean {
  return minor >= fineGrainedSince;
}

/**
 * Determines from the response to GET /configz whether the gate is on: by the feature gates in it, or by the permissions in a
 * denial.
 */
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

/** Whether the gate is on in a configuration. If the configuration does not set it, AllAlpha or AllBeta decides. */
function gateIn({ featureGates: gates = {} }: KubeletConfiguration, minor: number): boolean {
  return (
    gates[finerGate] ?? gates[minor === alphaIn ? 'AllAlpha' : 'AllBeta'] ?? defaultGate(minor)
  );
}

/** Whether a denial shows that the gate is off, although it is on by default in the kubelet's version. */
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

/** Explanation of a denial by a kubelet whose gate is off. `gateRemedy` is a better remedy than to grant nodes/proxy. */
export const gateOffWords = `feature gate ${finerGate} is off: the kubelet asks for nodes/proxy alone, as up to 1.${alphaIn}`;
export const gateRemedy = `set feature gate ${finerGate} of the kubelet to true, its default since 1.${fineGrainedSince}, rather than grant nodes/proxy, which runs commands in every container`;

export interface AskedGate {
  readonly node: string;
  readonly minor: number;
  readonly gate: Known<boolean>;
}

/**
 * Returns the minor version by whose rules a kubelet checks permissions. If the state of its gate is unknown, assumes the default
 * of the kubelet's version.
 */
export function checkedMinor({ minor, gate }: AskedGate): number {
  return checksAs(minor, isFound(gate) ? gate.found : defaultGate(minor));
}

/**
 * Returns sentences about kubelets whose gate is not in the default state of their version, and about gates whose state is assumed.
 */
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
