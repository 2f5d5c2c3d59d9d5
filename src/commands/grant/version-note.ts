import { kubeletAttributes, minorOf, rootOf } from '../../kubelet/authorization.ts';
import { endpointList, fineGrainedSince, isServed } from '../../kubelet/endpoints.ts';
import type { Node } from '../../objects.ts';
import { type ProfileName, profileOf } from '../../rbac/profiles.ts';
import { covers } from '../../rbac/rules.ts';
import { summarize } from '../../text/list.ts';

/** Whether a profile opens less on kubelets that check nodes/proxy alone for what newer ones check apart. */
export function dependsOnVersion(profile: ProfileName): boolean {
  return closedOnOlder(profile).length > 0;
}

/** What a profile does not open on some of these nodes, because of the age of their kubelets; undefined if nothing. */
export function fleetNote(profile: ProfileName, nodes: readonly Node[]): string | undefined {
  const closed = closedOnOlder(profile);
  const old = nodes.filter(
    ({ status }) => minorOf(status?.nodeInfo?.kubeletVersion) < fineGrainedSince,
  );
  if (closed.length === 0 || old.length === 0) return undefined;
  const names = old.map(({ metadata }) => metadata?.name ?? '');
  return `kubelets before 1.${fineGrainedSince} require nodes/proxy for ${closed.join(', ')}, which profile ${profile} does not open there: ${summarize(names, 5)}`;
}

/** The paths that a profile opens on the newest kubelets and not on those before fine-grained authorization. */
function closedOnOlder(profile: ProfileName): readonly string[] {
  const { rules } = profileOf(profile);
  const opens = (path: string, minor: number) =>
    kubeletAttributes('GET', path, minor).subresources.some((subresource) =>
      covers(rules, [{ apiGroups: [''], resources: [`nodes/${subresource}`], verbs: ['get'] }]),
    );
  const older = fineGrainedSince - 1;
  const closed = endpointList
    .filter((endpoint) => isServed(endpoint, older))
    .map(({ path }) => rootOf(path))
    .filter((path) => opens(path, Number.POSITIVE_INFINITY) && !opens(path, older));
  return [...new Set(closed)];
}
