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
import {
  always,
  type ListView,
  textField,
  type ViewOf,
  wide,
  wideAlways,
} from '../shared/rows/fields.ts';

export interface ListedEndpoint {
  readonly endpoint: (typeof endpointList)[number];
  /** Minor version of the kubelet; infinite for the newest. */
  readonly minor: number;
  /** Whether the path is allowed on the node; undefined in the list for all nodes. */
  readonly allowed?: string;
}

const pathFields: ViewOf<ListedEndpoint>['columns'] = [
  textField('PATH', 'path', ({ endpoint }) => endpoint.path, always),
  textField('SHORTNAME', 'shortName', ({ endpoint }) => endpoint.shortName, {
    absent: '<none>',
    about: 'Short name for curl; absent if the path has placeholders.',
  }),
];
const needsField = textField<ListedEndpoint>(
  'NEEDS',
  'requirement',
  ({ endpoint, minor }) => neededBy(endpoint, minor),
  { ...always, about: 'Permissions that the kubelet checks; any one of them is enough.' },
);
const moreFields: ViewOf<ListedEndpoint>['columns'] = [
  textField(
    'METHOD',
    'methods',
    ({ endpoint: { methods } }) => (methods === 'any' ? 'any' : methods.join(',')),
    { ...wideAlways, about: 'HTTP methods, such as `GET,POST`, or `any`.' },
  ),
  textField('RETURNS', 'content', ({ endpoint }) => endpoint.returns, wideAlways),
];

const about = {
  kind: 'KubeletEndpointList',
  about: 'A path that kubelets serve.',
  document: {
    title: 'Paths that kubelets serve',
    intro:
      'A kubelet runs the containers of one machine (a node) of a Kubernetes cluster. Each row is a path that it serves, and the permission that the path needs.',
  },
} as const;

export const endpointsView: ListView<ListedEndpoint> = {
  ...about,
  columns: [
    ...pathFields,
    needsField,
    textField(
      `BEFORE 1.${fineGrainedSince}`,
      'olderKubelets',
      ({ endpoint }) => servedSince(endpoint) ?? neededBy(endpoint, fineGrainedSince - 1),
      {
        ...wide,
        about:
          'Permission that the path needed before Kubernetes 1.33. For a path that old kubelets do not serve, the first version that serves it. Absent in the list for one node.',
      },
    ),
    ...moreFields,
  ],
};

export const servedView: ListView<ListedEndpoint> = {
  ...about,
  columns: [
    ...pathFields,
    textField('ALLOWED', 'allowed', ({ allowed }) => allowed, {
      tones: { yes: 'good', no: 'bad' },
      about:
        'Whether the path is allowed on the node: `yes`, `no`, `unknown`, or the allowed verbs, such as `only get`.',
    }),
    needsField,
    ...moreFields,
  ],
};

/** @param permission limits the list to the endpoints that this permission allows */
export function listEndpoints(permission?: NodeSubresource): readonly ListedEndpoint[] {
  const minor = Number.POSITIVE_INFINITY;
  return endpointList
    .filter(
      (endpoint) =>
        permission === undefined || subresourcesOf(endpoint, minor).includes(permission),
    )
    .map((endpoint) => ({ endpoint, minor }));
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
export function listServed(
  minor: number,
  isAllowed: (permission: EndpointPermission) => Allowed,
): readonly ListedEndpoint[] {
  return servedBy(minor).map((endpoint) => {
    const verdicts = usualVerbs(endpoint).map((verb) => {
      const each = subresourcesOf(endpoint, minor).map((subresource) =>
        isAllowed({ verb, subresource }),
      );
      const allowed = each.includes(true) || (each.includes(undefined) ? undefined : false);
      return { verb, allowed };
    });
    return { endpoint, minor, allowed: allowedWord(verdicts) };
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
