import { fineGrainedSince, minorOf } from '../../kubelet/authorization.ts';
import type { Node } from '../../objects.ts';
import type { ProfileName } from '../../rbac/profiles.ts';
import { summarize } from '../../text/list.ts';

/** Whether a profile holds what only newer kubelets know of, and not nodes/proxy, which opens that on older ones. */
export function dependsOnVersion(profile: ProfileName): boolean {
  return profile === 'readonly';
}

/** What a profile will not open on some of these nodes, because of the age of their kubelets; undefined if nothing. */
export function fleetNote(profile: ProfileName, nodes: readonly Node[]): string | undefined {
  if (!dependsOnVersion(profile)) return undefined;
  const old = nodes.filter(
    ({ status }) => minorOf(status?.nodeInfo?.kubeletVersion) < fineGrainedSince,
  );
  if (old.length === 0) return undefined;
  const names = old.map(({ metadata }) => metadata?.name ?? '');
  return `kubelets before 1.33 know of nodes/proxy alone for /healthz, /pods and /configz, which this does not open there: ${summarize(names, 5)}`;
}
