import type { Type } from '@badrap/valita';
import {
  accessReview,
  apiService,
  certificateSigningRequest,
  clusterRole,
  clusterRoleBinding,
  clusterRoleBindingList,
  configMap,
  deletion,
  node,
  nodeMetricsList,
  partialObjectMetadataList,
  pod,
  podSelector,
  roleBinding,
  selfSubjectReview,
  table,
  tokenRequest,
  workload,
} from '../../objects.ts';

/** The kind that a request expects. A response of another kind is refused. */
export interface Kind<T> {
  readonly kind: string;
  readonly apiVersion: string;
  /** Kinds that will do as well. */
  readonly also?: readonly string[];
  /** Accept header, if the response is not to be the object itself. */
  readonly accept?: string;
  readonly type: Type<T>;
  /** Whether unread fields are kept, for an update that writes the object back. */
  readonly whole?: boolean;
}

const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' } as const;
const written = { ...rbac, whole: true } as const;
const meta = { apiVersion: 'meta.k8s.io/v1' } as const;
const authentication = { apiVersion: 'authentication.k8s.io/v1' } as const;
const authorization = { apiVersion: 'authorization.k8s.io/v1' } as const;

function acceptAs(kind: string): string {
  return `application/json;as=${kind};v=v1;g=meta.k8s.io`;
}

export const kinds = {
  ClusterRole: { kind: 'ClusterRole', type: clusterRole, ...written },
  ClusterRoleBinding: { kind: 'ClusterRoleBinding', type: clusterRoleBinding, ...written },
  Role: { kind: 'Role', type: clusterRole, ...rbac },
  RoleBinding: { kind: 'RoleBinding', type: roleBinding, ...rbac },
  Node: { kind: 'Node', apiVersion: 'v1', type: node },
  Pod: { kind: 'Pod', apiVersion: 'v1', type: pod },
  Deployment: { kind: 'Deployment', apiVersion: 'apps/v1', type: podSelector },
  ReplicaSet: { kind: 'ReplicaSet', apiVersion: 'apps/v1', type: podSelector },
  StatefulSet: { kind: 'StatefulSet', apiVersion: 'apps/v1', type: podSelector },
  DaemonSet: { kind: 'DaemonSet', apiVersion: 'apps/v1', type: podSelector },
  Job: { kind: 'Job', apiVersion: 'batch/v1', type: podSelector },
  Service: { kind: 'Service', apiVersion: 'v1', type: podSelector },
  /** A pod as a workload. */
  PodWorkload: { kind: 'Pod', apiVersion: 'v1', type: workload },
  ConfigMap: { kind: 'ConfigMap', apiVersion: 'v1', type: configMap },
  APIService: { kind: 'APIService', apiVersion: 'apiregistration.k8s.io/v1', type: apiService },
  NodeMetricsList: {
    kind: 'NodeMetricsList',
    apiVersion: 'metrics.k8s.io/v1beta1',
    type: nodeMetricsList,
  },
  ClusterRoleBindingList: {
    kind: 'ClusterRoleBindingList',
    type: clusterRoleBindingList,
    ...rbac,
  },
  Table: { kind: 'Table', accept: acceptAs('Table'), type: table, ...meta },
  PartialObjectMetadataList: {
    kind: 'PartialObjectMetadataList',
    accept: acceptAs('PartialObjectMetadataList'),
    type: partialObjectMetadataList,
    ...meta,
  },
  CertificateSigningRequest: {
    kind: 'CertificateSigningRequest',
    apiVersion: 'certificates.k8s.io/v1',
    type: certificateSigningRequest,
  },
  SubjectAccessReview: { kind: 'SubjectAccessReview', type: accessReview, ...authorization },
  SelfSubjectAccessReview: {
    kind: 'SelfSubjectAccessReview',
    type: accessReview,
    ...authorization,
  },
  SelfSubjectReview: { kind: 'SelfSubjectReview', type: selfSubjectReview, ...authentication },
  TokenRequest: { kind: 'TokenRequest', type: tokenRequest, ...authentication },
  deletion: {
    kind: 'Status',
    apiVersion: 'v1',
    also: ['ClusterRole', 'ClusterRoleBinding'],
    type: deletion,
  },
} as const;
