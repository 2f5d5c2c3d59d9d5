import {
  formatSubresources,
  type KubeletVerb,
  kubeletAttributes,
  verbsOf,
} from '../../kubelet/authorization.ts';
import {
  endpointList,
  fineGrainedSince,
  isServed,
  type KubeletEndpoint,
  type NodeSubresource,
  servedSince,
} from '../../kubelet/endpoints.ts';
import type { Column, View } from '../../text/column.ts';

/** A path that kubelets serve. */
export interface EndpointRow {
  readonly path: string;
  /** Short name for curl; absent if the path has placeholders. */
  readonly shortName: string | undefined;
  /** Whether the path is allowed on the node: `yes`, `no`, `unknown`, or the allowed verbs, such as `only get`. */
  readonly allowed?: string;
  /** Permissions that the kubelet checks; any one of them is enough. */
  readonly requirement: string;
  /** HTTP methods, such as `GET,POST`, or `any`. */
  readonly methods: string;
  /**
   * Permission that the path needed before Kubernetes 1.33. For a path that old kubelets do not serve, the first version that serves it.
   * Absent in the list for one node.
   */
  readonly olderKubelets?: string;
  readonly content: string;
}

const pathColumns: readonly Column<EndpointRow>[] = [
  { head: 'PATH', key: 'path', unit: 'text' },
  { head: 'SHORTNAME', key: 'shortName', unit: 'text', absent: '<none>' },
];
const needsColumn: Column<EndpointRow> = { head: 'NEEDS', key: 'requirement', unit: 'text' };
const moreColumns: readonly Column<EndpointRow>[] = [
  { head: 'METHOD', key: 'methods', unit: 'text', wide: true },
  { head: 'RETURNS', key: 'content', unit: 'text', wide: true },
];

export const endpointsView: View<EndpointRow> = {
  kind: 'KubeletEndpointList',
  columns: [
    ...pathColumns,
    needsColumn,
    { head: `BEFORE 1.${fineGrainedSince}`, key: 'olderKubelets', unit: 'text', wide: true },
    ...moreColumns,
  ],
};

export const servedView: View<EndpointRow> = {
  kind: 'KubeletEndpointList',
  columns: [
    ...pathColumns,
    {
      ...{ head: 'ALLOWED', key: 'allowed', unit: 'text' },
      tones: { yes: 'good', no: 'bad' },
    },
    needsColumn,
    ...moreColumns,
  ],
};

/** @param permission limits the rows to the endpoints that this permission allows */
export function endpointRows(permission?: NodeSubresource): readonly EndpointRow[] {
  return endpointList
    .filter(
      (endpoint) =>
        permission === undefined ||
        subresourcesOf(endpoint, Number.POSITIVE_INFINITY).includes(permission),
    )
    .map((endpoint) => {
      return {
        ...aboutPath(endpoint),
        requirement: neededBy(endpoint, Number.POSITIVE_INFINITY),
        olderKubelets: servedSince(endpoint) ?? neededBy(endpoint, fineGrainedSince - 1),
      };
    });
}

export type Allowed = boolean | undefined;

export interface EndpointPermission {
  readonly verb: KubeletVerb;
  readonly subresource: NodeSubresource;
}

export function askedPermissions(minor: number): readonly EndpointPermission[] {
  const asked = servedBy(minor).flatMap((endpoint) =>
    usualVerbs(endpoint).flatMap((verb) =>
      subresourcesOf(endpoint, minor).map((subresource) => ({ verb, subresource })),
    ),
  );
  return [...new Map(asked.map((each) => [`${each.verb} ${each.subresource}`, each])).values()];
}

/**
 * Lists the endpoints that a kubelet of this version serves, and whether the caller may use them. If an endpoint accepts several
 * subresources, permission for one of them is enough.
 */
export function servedRows(
  minor: number,
  isAllowed: (permission: EndpointPermission) => Allowed,
): readonly EndpointRow[] {
  return servedBy(minor).map((endpoint) => {
    const verdicts = usualVerbs(endpoint).map((verb) => {
      const each = subresourcesOf(endpoint, minor).map((subresource) =>
        isAllowed({ verb, subresource }),
      );
      const allowed = each.includes(true) || (each.includes(undefined) ? undefined : false);
      return { verb, allowed };
    });
    return {
      ...aboutPath(endpoint),
      requirement: neededBy(endpoint, minor),
      allowed: allowedWord(verdicts),
    };
  });
}

function allowedWord(
  verdicts: readonly { readonly verb: KubeletVerb; readonly allowed: Allowed }[],
): string {
  const allowed = verdicts.filter((each) => each.allowed === true);
  if (allowed.length === verdicts.length) return 'yes';
  if (allowed.length > 0) return `only ${allowed.map(({ verb }) => verb).join(', ')}`;
  if (verdicts.some((each) => each.allowed === undefined)) return 'unknown';
  return 'no';
}

function servedBy(minor: number) {
  return endpointList.filter((endpoint) => isServed(endpoint, minor));
}

/** Returns the verbs that callers use. Callers use GET for an endpoint that accepts any method. */
function usualVerbs(endpoint: KubeletEndpoint): readonly KubeletVerb[] {
  return endpoint.methods === 'any' ? ['get'] : verbsOf(endpoint);
}

function subresourcesOf({ path }: KubeletEndpoint, minor: number): readonly NodeSubresource[] {
  return kubeletAttributes('GET', path, minor).subresources;
}

function neededBy(endpoint: KubeletEndpoint, minor: number): string {
  return formatSubresources(subresourcesOf(endpoint, minor));
}

function aboutPath({ methods, path, shortName, returns: content }: (typeof endpointList)[number]) {
  return { path, shortName, methods: methods === 'any' ? 'any' : methods.join(','), content };
}
