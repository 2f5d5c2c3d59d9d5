import type { PolicyRule } from '../../objects.ts';
import { listed } from '../../rbac/permission.ts';
import { formatRule } from '../../rbac/rules.ts';
import { rootOf } from '../authorization.ts';
import { endpointList } from '../endpoints.ts';

export interface DeadResource {
  readonly why: string;
  /** Whether `narrow` keeps the resource in the role, because it does not concern kubelets. */
  readonly isKept: boolean;
}

const deadResources: Readonly<Record<string, DeadResource>> = {
  'nodes/*': {
    why: 'RBAC knows * and */proxy, but not nodes/*: it allows nothing',
    isKept: false,
  },
  'nodes/spec': { why: 'kubelets no longer serve /spec', isKept: false },
  'nodes/logs': { why: 'kubelets ask for nodes/log', isKept: false },
  'pods/logs': { why: 'no such resource: container logs are pods/log', isKept: true },
};

export function deadReason(resource: string): DeadResource | undefined {
  return Object.hasOwn(deadResources, resource) ? deadResources[resource] : undefined;
}

const kubeletRoots = new Set(endpointList.map(({ path }) => rootOf(path)));

export function kubeletUrls({ nonResourceURLs, verbs }: PolicyRule): string | undefined {
  const urls = listed(nonResourceURLs).filter((url) => kubeletRoots.has(rootOf(url)));
  return urls.length === 0 ? undefined : formatRule({ nonResourceURLs: urls, verbs });
}
