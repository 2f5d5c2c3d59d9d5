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
} from '../../kubelet/endpoints.ts';
import type { Paint } from '../../text/color.ts';
import { type Cell, renderTable } from '../../text/table.ts';

const heads = ['METHOD', 'PATH', 'SHORTNAME', 'NEEDS', `BEFORE 1.${fineGrainedSince}`, 'RETURNS'];

/**
 * Endpoints of kubelets and their permissions, on the newest kubelets and before fine-grained authorization.
 * @param permission only those that it opens
 */
export function renderEndpoints(paint: Paint, permission?: NodeSubresource): string {
  const opened = endpointList.filter(
    (endpoint) =>
      permission === undefined ||
      subresourcesOf(endpoint, Number.POSITIVE_INFINITY).includes(permission),
  );
  const rows = opened.map((endpoint) => {
    const { sinceMinor, returns } = endpoint;
    return [
      ...nameOf(endpoint),
      neededBy(endpoint, Number.POSITIVE_INFINITY),
      sinceMinor === undefined ? neededBy(endpoint, fineGrainedSince - 1) : `since 1.${sinceMinor}`,
      returns,
    ];
  });
  return renderTable(heads, rows, paint);
}

/** Undefined: unknown. */
export type Allowed = boolean | undefined;

/** A verb on a subresource of one node. */
export interface EndpointPermission {
  readonly verb: KubeletVerb;
  readonly subresource: NodeSubresource;
}

/** All that the kubelet of a minor version may ask for, each once. */
export function askedPermissions(minor: number): readonly EndpointPermission[] {
  const asked = servedBy(minor).flatMap((endpoint) =>
    usualVerbs(endpoint).flatMap((verb) =>
      subresourcesOf(endpoint, minor).map((subresource) => ({ verb, subresource })),
    ),
  );
  return [...new Map(asked.map((each) => [`${each.verb} ${each.subresource}`, each])).values()];
}

/** Endpoints of a kubelet's minor version, and whether the caller may use them: of several subresources, one is enough. */
export function renderServed(
  minor: number,
  isAllowed: (permission: EndpointPermission) => Allowed,
  paint: Paint,
): string {
  const rows = servedBy(minor).map((endpoint) => {
    const verdicts = usualVerbs(endpoint).map((verb) => {
      const each = subresourcesOf(endpoint, minor).map((subresource) =>
        isAllowed({ verb, subresource }),
      );
      const allowed = each.includes(true) || (each.includes(undefined) ? undefined : false);
      return { verb, allowed };
    });
    return [
      ...nameOf(endpoint),
      neededBy(endpoint, minor),
      allowedCell(verdicts),
      endpoint.returns,
    ];
  });
  return renderTable(['METHOD', 'PATH', 'SHORTNAME', 'NEEDS', 'ALLOWED', 'RETURNS'], rows, paint);
}

function allowedCell(
  verdicts: readonly { readonly verb: KubeletVerb; readonly allowed: Allowed }[],
): Cell {
  const allowed = verdicts.filter((each) => each.allowed === true);
  if (allowed.length === verdicts.length) return ['yes', 'good'];
  if (allowed.length > 0) return [`only ${allowed.map(({ verb }) => verb).join(', ')}`, 'warning'];
  if (verdicts.some((each) => each.allowed === undefined)) return ['unknown', 'warning'];
  return ['no', 'bad'];
}

function servedBy(minor: number) {
  return endpointList.filter((endpoint) => isServed(endpoint, minor));
}

/** Where a kubelet takes any method, it is called with GET. */
function usualVerbs(endpoint: KubeletEndpoint): readonly KubeletVerb[] {
  return endpoint.methods === 'any' ? ['get'] : verbsOf(endpoint);
}

function subresourcesOf({ path }: KubeletEndpoint, minor: number): readonly NodeSubresource[] {
  return kubeletAttributes('GET', path, minor).subresources;
}

function neededBy(endpoint: KubeletEndpoint, minor: number): string {
  return formatSubresources(subresourcesOf(endpoint, minor));
}

function nameOf({ methods, path, shortName }: (typeof endpointList)[number]): readonly string[] {
  return [methods === 'any' ? 'any' : methods.join(','), path, shortName ?? ''];
}
