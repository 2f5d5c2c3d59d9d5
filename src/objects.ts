// The Kubernetes objects that this program reads and writes, as they are on the wire.
import type {
  RbacV1Subject,
  V1CertificateSigningRequest,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1Node,
  V1PolicyRule,
  V1RoleBinding,
  V1Status,
  V1SubjectAccessReview,
} from '@kubernetes/client-node';

// client-node has the types of its own deserialiser; in plain JSON a time is a string.
type Wire<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [K in keyof T]: Wire<T[K]> }
      : T;

export type ClusterRole = Wire<V1ClusterRole>;
export type ClusterRoleBinding = Wire<V1ClusterRoleBinding>;
export type RoleBinding = Wire<V1RoleBinding>;
export type PolicyRule = Wire<V1PolicyRule>;
export type RbacSubject = Wire<RbacV1Subject>;
export type Node = Wire<V1Node>;
export type CertificateSigningRequest = Wire<V1CertificateSigningRequest>;
export type Status = Wire<V1Status>;
export type SubjectAccessReview = Wire<V1SubjectAccessReview>;
