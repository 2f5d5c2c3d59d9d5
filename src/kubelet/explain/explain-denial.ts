import type { PolicyRule } from '../../objects.ts';
import type { ApiServerDenial } from '../../rbac/api-server-denial.ts';
import { command } from '../../text/command.ts';
import { kubeletLogCommand, type Speaker, statusCommand, whoami } from '../causes/hop.ts';
import {
  type MissingPermission,
  permissionForNodeProxy,
  permissionForOthersInText,
} from '../missing-permission.ts';
import type { ErrorFacts } from './explanation.ts';

export interface DanglingRole {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  readonly namespace: string | undefined;
}

export const deniedToCaller = {
  component: 'apiserver',
  hop: 'caller-to-apiserver',
  cause: 'forbidden',
} as const;
export const deniedToKubelet = { ...deniedToCaller, hop: 'kubelet-to-apiserver' } as const;

export type Denial = Omit<ErrorFacts, 'evidence' | 'node' | 'address' | 'remedy'>;

// Common names in the client certificate with which kube-apiserver calls aggregated API servers, as installers choose them.
const frontProxies =
  /^(?:aggregator|kube-aggregator|front-proxy-client|front-proxy|proxy-client|metrics-server-proxy|system:auth-proxy|system:aggregator)$/;
// Common names in other certificates of kube-apiserver (for serving, for kubelets). Some clusters also use these certificates for
// aggregated API servers.
const ownNames =
  /^(?:[Kk]ubernetes|(?:system:)?kube-apiserver|kube-apiserver-(?:kubelet|proxy)-client|apiserver|\d{1,3}(?:\.\d{1,3}){3})$/;

/**
 * Whether an aggregated API server ignored the headers with the user's name, and so denied the request to kube-apiserver's own
 * user.
 */
function isFrontProxy({ user, apiGroup }: ApiServerDenial): boolean {
  return (
    apiGroup !== '' &&
    (frontProxies.test(user) || (ownNames.test(user) && apiGroup.endsWith('metrics.k8s.io')))
  );
}

function frontProxyDenied({ user, apiGroup }: ApiServerDenial): Denial {
  return {
    component: 'proxy-or-aggregated-api',
    hop: 'apiserver-to-aggregated-api',
    cause: 'forbidden',
    identity: user,
    message: `the server behind the APIService of ${apiGroup} took kube-apiserver itself (user "${user}") for the caller: the common name of its --proxy-client-cert-file must be in --requestheader-allowed-names (or that list empty), and its CA in --requestheader-client-ca-file, both flags of kube-apiserver. No permission for user "${user}" is missing, and no kubelet was contacted`,
    commands: [
      'kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml',
      'kubectl get apiservices',
    ],
  };
}

function notInvolved(resource: string): string {
  if (/^(?:token|subjectaccess)reviews$/.test(resource))
    return 'it cannot check its own callers, whose credentials are not to blame (ClusterRole system:auth-delegator allows that)';
  return resource.startsWith('nodes') ? 'no kubelet was contacted' : 'kubelets are not involved';
}

export function explainDenial(
  denial: ApiServerDenial,
  speaker: Speaker,
  roles: readonly DanglingRole[] = [],
): Denial {
  const { user, verb, resource, apiGroup, namespace } = denial;
  if (isFrontProxy(denial)) return frontProxyDenied(denial);
  // Kubelets never read RBAC objects, so the denial is about another program, whatever the user name or the log.
  const isKubelet =
    apiGroup !== 'rbac.authorization.k8s.io' &&
    (isNodeUser(user) || (speaker === 'kubelet' && !user.startsWith('system:serviceaccount:')));
  const base = { ...(isKubelet ? deniedToKubelet : deniedToCaller), identity: user };
  const scope = namespace === undefined ? '' : ` in namespace ${namespace}`;
  const action = `${verb} on ${resource}${apiGroup === '' ? '' : ` of ${apiGroup}`}${scope}`;
  if (user === 'system:anonymous' && resource === 'configmaps' && namespace === 'kube-public')
    return { ...base, ...clusterInfoDenied };
  if (user === 'system:anonymous')
    return {
      ...base,
      message: anonymousDenied(isKubelet ? 'kubelet' : 'caller', action),
      commands: [isKubelet ? kubeletLogCommand : whoami],
    };
  if (isKubelet) return { ...base, ...explainToKubelet(denial, action) };
  const rule = { apiGroups: [apiGroup], resources: [resource], verbs: [verb] };
  const [role] = roles;
  if (role) return { ...base, ...explainDangling(user, action, rule, roles, role) };
  if (resource === 'nodes/proxy') {
    const message = `the API server denied the caller (user "${user}") its node proxy, before it contacted a kubelet: this needs ${verb} on nodes/proxy for every path; a direct request (kubectl kubeletaccess curl) needs less`;
    return { ...base, ...withGrant(message, permissionForNodeProxy(user, verb)) };
  }
  const message = `the API server denied the caller (user "${user}") ${action}: ${notInvolved(resource)}`;
  return { ...base, ...withGrant(message, permissionForOthersInText(user, rule)) };
}

/**
 * Adds to a sentence the missing rule and its warning. Adds no command that grants it, because anyone can write a text, also into a
 * log.
 */
function withGrant(
  message: string,
  { missingRule, warning, never }: MissingPermission<PolicyRule>,
): Pick<Denial, 'message' | 'missingRule' | 'commands'> {
  return {
    message: warning === '' ? message : `${message}. Warning: ${warning}`,
    missingRule,
    commands: never === undefined ? [] : [whoami],
  };
}

// User names of kubelets that have no certificate yet, created by kubeadm or by manual installation.
const bootstrapUser = /^(?:system:bootstrap:.|kubelet-bootstrap$)/;

function isNodeUser(user: string): boolean {
  return user.startsWith('system:node:') || bootstrapUser.test(user);
}

function explainToKubelet(
  { user, resource }: ApiServerDenial,
  action: string,
): Pick<Denial, 'message' | 'commands'> {
  const denied = `the API server denied the kubelet (user "${user}") ${action}`;
  if (resource === 'configmaps' && bootstrapUser.test(user))
    return {
      message: `${denied}: kubeadm join reads there how the cluster is set up, and finds no Role for it: that ConfigMap and its Role have the minor version of the cluster or of kubeadm in their name, and the two differ, or kubeadm init did not make them`,
      commands: ['kubectl -n kube-system get configmaps,roles,rolebindings'],
    };
  if (resource !== 'certificatesigningrequests' && bootstrapUser.test(user))
    return {
      message: `${denied}: with a bootstrap credential it may ask for a client certificate, and no more; it has none yet, because its request was not approved, or it does not use what it got`,
      commands: ['kubectl get csr', kubeletLogCommand],
    };
  if (resource !== 'certificatesigningrequests' || user.startsWith('system:node:'))
    return {
      message: `${denied}: nodes get their permissions from --authorization-mode=Node,RBAC of kube-apiserver and group system:nodes of their certificate, not from a role of yours`,
      commands: ['kubectl get nodes -o wide', statusCommand],
    };
  return {
    message: `${denied}: with that bootstrap credential it asks for its first client certificate, which ClusterRole system:node-bootstrapper allows`,
    commands: ['kubectl get clusterrolebindings -o wide'],
  };
}

/**
 * Explains a denial of nodes/proxy in the log of kube-apiserver's authorizer. It may be about the node proxy or about a direct
 * request, because kubelets ask the same authorizer.
 */
export function explainNodeProxy(user: string, verb: string): Denial {
  const message = `the authorizer of kube-apiserver denied user "${user}" ${verb} on nodes/proxy: that user asked for its node proxy, or called a kubelet, which then asked the API server whether they may`;
  return {
    ...{ component: 'apiserver', hop: 'unknown', cause: 'forbidden', identity: user },
    ...withGrant(message, permissionForNodeProxy(user, verb)),
  };
}

/** kubeadm join reads ConfigMap cluster-info before it has a credential. */
const clusterInfoDenied: Pick<Denial, 'message' | 'commands'> = {
  message:
    'kubeadm join reads ConfigMap cluster-info without a credential, and the API server denied that: Role or RoleBinding kubeadm:bootstrap-signer-clusterinfo in namespace kube-public is missing. kubeadm init phase bootstrap-token makes both again: they let everyone, also without a login, read that one ConfigMap (the address and CA of the cluster), and it lets bootstrap tokens ask for certificates of nodes. kubeadm join --discovery-file needs neither',
  commands: ['kubectl -n kube-public get roles,rolebindings,configmaps -o wide'],
};

export function anonymousDenied(client: string, action: string): string {
  return `the API server got no credential of the ${client}, or none that it accepts, and denied an anonymous user ${action}; no permission fixes that`;
}

/** Explains a denial that reports a binding to a missing role. The remedy is to create the role, not to add another binding. */
function explainDangling(
  user: string,
  action: string,
  rule: PolicyRule,
  roles: readonly DanglingRole[],
  role: DanglingRole,
): Pick<Denial, 'message' | 'missingRule' | 'commands'> {
  const names = roles.map(({ kind, name }) => `${kind} ${JSON.stringify(name)}`).join(' and ');
  const { missingRule, warning } = permissionForOthersInText(user, rule);
  const bindings = role.kind === 'Role' ? 'rolebindings' : 'clusterrolebindings,rolebindings';
  return {
    message: `the API server denied the caller (user "${user}") ${action}, and says why: bindings of that user name ${names}, which ${roles.length === 1 ? 'does' : 'do'} not exist. Create what they name with that permission, or bind another role; all other subjects of the bindings get it too${warning === '' ? '' : `. Warning: ${warning}`}`,
    missingRule,
    commands: [command`kubectl get ${bindings} -A -o wide`],
  };
}
