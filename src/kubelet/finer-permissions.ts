import { isFound, type Known } from '../known.ts';
import { summarize } from '../text/list.ts';
import { kubeletAttributes } from './authorization.ts';
import { oneLine } from './authorization-result.ts';
import { type KubeletConfiguration, parseConfigz } from './configz.ts';
import { parseKubeletDenial } from './denial.ts';
import { fineGrainedSince } from './endpoints.ts';

/** With this feature gate kubelets check nodes/pods, nodes/healthz and nodes/configz before nodes/proxy. */
export const finerGate = 'KubeletFineGrainedAuthz';

/**
 * The minor versions whose kubelets may have it on or off: alpha, then beta and on by default; later it is locked.
 * https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/features/kube_features.go
 */
const alphaIn = fineGrainedSince - 1;
const lockedSince = 36;

/** Whether the version of a kubelet does not tell what it checks. */
export function dependsOnGate(minor: number): boolean {
  return minor >= alphaIn && minor < lockedSince;
}

/** The minor version whose kubelets check by default what a kubelet with the gate on or off does. */
export function checksAs(minor: number, gate: boolean): number {
  if (!dependsOnGate(minor)) return minor;
  return gate ? Math.max(minor, fineGrainedSince) : Math.min(minor, alphaIn);
}

/** Without a response: the default of its version. */
function defaultGate(minor: number): boolean {
  return minor >= fineGrainedSince;
}

/** The feature gate by a kubelet's answer to GET /configz: its feature gates, or the permissions it checked before it denied that. */
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

/** A gate that is not set follows those of all in its stage. */
function gateIn({ featureGates: gates = {} }: KubeletConfiguration, minor: number): boolean {
  return (
    gates[finerGate] ?? gates[minor === alphaIn ? 'AllAlpha' : 'AllBeta'] ?? defaultGate(minor)
  );
}

/** Whether a denial of a request shows that the gate is off, at a kubelet whose version has it on by default. */
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

/** The meaning of a denial, and a better remedy than nodes/proxy. */
export const gateOffWords = `feature gate ${finerGate} is off: the kubelet asks for nodes/proxy alone, as up to 1.${alphaIn}`;
export const gateRemedy = `set feature gate ${finerGate} of the kubelet to true, its default since 1.${fineGrainedSince}, rather than grant nodes/proxy, which runs commands in every container`;

/** A kubelet, and what it said of its gate. */
export interface AskedGate {
  readonly node: string;
  readonly minor: number;
  readonly gate: Known<boolean>;
}

/** The minor version whose checks a kubelet makes; by default, as far as it does not say. */
export function checkedMinor({ minor, gate }: AskedGate): number {
  return checksAs(minor, isFound(gate) ? gate.found : defaultGate(minor));
}

/** In sentences: which kubelets have it off though their version has it on by default, or the other way, and what is assumed. */
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

/** Empty for none. */
function namesOf(asked: readonly AskedGate[]): string {
  return summarize(asked, 5, ({ node }) => node);
}
