import type { Type } from '@badrap/valita';
import * as objects from '../../objects.ts';

/** The kind that a request expects. A response of another kind is an error. */
export interface Kind<T> {
  readonly kind: string;
  readonly apiVersion: string;
  /** Other kinds that the response may have. */
  readonly also?: readonly string[];
  /** Accept header that asks the API server to convert the objects; absent if they are not converted. */
  readonly accept?: string;
  readonly type: Type<T>;
  /** Whether fields that `type` does not name are kept, because an update writes the whole object back. */
  readonly whole?: boolean;
}

const rbac = 'rbac.authorization.k8s.io/v1';
const authentication = 'authentication.k8s.io/v1';
const authorization = 'authorization.k8s.io/v1';

function of<T>(
  apiVersion: string,
  kind: string,
  type: Type<T>,
  more: Pick<Kind<T>, 'also' | 'whole'> = {},
): Kind<T> {
  return { kind, apiVersion, type, ...more };
}

/** Returns a kind, such as Table, into which the API server converts objects if the Accept header asks for this. */
function madeOf<T>(kind: string, type: Type<T>): Kind<T> {
  const accept = `application/json;as=${kind};v=v1;g=meta.k8s.io`;
  return { kind, apiVersion: 'meta.k8s.io/v1', accept, type };
}

export const kinds = {
  ClusterRole: of(rbac, 'ClusterRole', objects.clusterRole, { whole: true }),
  ClusterRoleBinding: of(rbac, 'ClusterRoleBinding', objects.clusterRoleBinding, { whole: true }),
  ClusterRoleBindingList: of(rbac, 'ClusterRoleBindingList', objects.clusterRoleBindingList),
  Role: of(rbac, 'Role', objects.clusterRole),
  RoleBinding: of(rbac, 'RoleBinding', objects.roleBinding),
  /** A RoleBinding without its subjects. */
  RoleReference: of(rbac, 'RoleBinding', objects.roleReference),
  Node: of('v1', 'Node', objects.node),
  NodeImages: of('v1', 'Node', objects.nodeImages),
  Pod: of('v1', 'Pod', objects.pod),
  PodWorkload: of('v1', 'Pod', objects.workload),
  ConfigMap: of('v1', 'ConfigMap', objects.configMap),
  Service: of('v1', 'Service', objects.service),
  EndpointSlice: of('discovery.k8s.io/v1', 'EndpointSlice', objects.endpointSlice),
  Deployment: of('apps/v1', 'Deployment', objects.podSelector),
  ReplicaSet: of('apps/v1', 'ReplicaSet', objects.podSelector),
  StatefulSet: of('apps/v1', 'StatefulSet', objects.podSelector),
  DaemonSet: of('apps/v1', 'DaemonSet', objects.podSelector),
  Job: of('batch/v1', 'Job', objects.podSelector),
  APIService: of('apiregistration.k8s.io/v1', 'APIService', objects.apiService),
  NodeMetricsList: of('metrics.k8s.io/v1', 'NodeMetricsList', objects.nodeMetricsList),
  NodeMetricsBetaList: of('metrics.k8s.io/v1beta1', 'NodeMetricsList', objects.nodeMetricsList),
  CertificateSigningRequest: of(
    'certificates.k8s.io/v1',
    'CertificateSigningRequest',
    objects.certificateSigningRequest,
  ),
  SubjectAccessReview: of(authorization, 'SubjectAccessReview', objects.accessReview),
  SelfSubjectAccessReview: of(authorization, 'SelfSubjectAccessReview', objects.accessReview),
  SelfSubjectReview: of(authentication, 'SelfSubjectReview', objects.selfSubjectReview),
  TokenRequest: of(authentication, 'TokenRequest', objects.tokenRequest),
  Table: madeOf('Table', objects.table),
  PartialObjectMetadataList: madeOf('PartialObjectMetadataList', objects.partialObjectMetadataList),
  deletion: of('v1', 'Status', objects.deletion, { also: ['ClusterRole', 'ClusterRoleBinding'] }),
} as const;
