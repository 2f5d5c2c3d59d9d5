// The Kubernetes objects that this program reads and writes: of each, the fields that it reads, as they are on the wire. The
// types are those of the checks, so that no other field can be read.
import * as v from '@badrap/valita';

function field<T>(type: v.Type<T>) {
  return type.optional();
}

/** Text that can be sent: JSON may hold half of a surrogate pair, Go does not. */
const text = v.string().assert((value) => value.isWellFormed(), 'expected Unicode text');
const int32 = v.number().assert((value) => value === (value | 0), 'expected a 32-bit integer');
const texts = v.array(text);
const textMap = v.record(text);

/** A name that can be part of a path: the API server allows nearly all in those of roles and bindings. */
const pathSegment = text.assert(
  (name) => name !== '' && name !== '.' && name !== '..',
  'expected a name',
);

/** The name of a node: in the path of the node proxy a colon would choose a scheme and a port. */
export function isNodeName(name: string): boolean {
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) && name.length <= 253;
}

const metadataFields = {
  namespace: field(text),
  uid: field(text),
  resourceVersion: field(text),
  creationTimestamp: field(text),
  labels: field(textMap),
  annotations: field(textMap),
};

const rbacMetadata = v.object({
  ...metadataFields,
  name: pathSegment,
  managedFields: field(v.unknown()),
  ownerReferences: field(v.array(v.object({ kind: text, name: text }))),
});

// Interfaces, as the JSON Schemas of reports are generated from them.
export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[] | undefined;
  resources?: string[] | undefined;
  resourceNames?: string[] | undefined;
  nonResourceURLs?: string[] | undefined;
}

export interface RbacSubject {
  kind: string;
  name: string;
  namespace?: string | undefined;
  apiGroup?: string | undefined;
}

const policyRule: v.Type<PolicyRule> = v.object({
  verbs: texts,
  apiGroups: field(texts),
  resources: field(texts),
  resourceNames: field(texts),
  nonResourceURLs: field(texts),
});

export const rbacSubject: v.Type<RbacSubject> = v.object({
  kind: text,
  name: text,
  namespace: field(text),
  apiGroup: field(text),
});

const labelSelector = v.object({
  matchLabels: field(textMap),
  matchExpressions: field(v.array(v.object({ key: text, operator: text, values: field(texts) }))),
});

export const clusterRole = v.object({
  apiVersion: field(text),
  kind: field(text),
  metadata: rbacMetadata,
  rules: field(v.array(policyRule)),
  aggregationRule: field(v.object({ clusterRoleSelectors: field(v.array(labelSelector)) })),
});

const binding = {
  apiVersion: field(text),
  kind: field(text),
  metadata: rbacMetadata,
  roleRef: v.object({ apiGroup: field(text), kind: text, name: text }),
  subjects: field(v.array(rbacSubject)),
};

export const clusterRoleBinding = v.object(binding);
export const roleBinding = v.object({
  ...binding,
  metadata: v.object({ name: pathSegment, namespace: field(text), resourceVersion: field(text) }),
});

export const node = v.object({
  metadata: v.object({
    name: text.assert(isNodeName, 'expected the name of a node'),
    labels: field(textMap),
  }),
  status: field(
    v.object({
      addresses: field(v.array(v.object({ type: text, address: text }))),
      conditions: field(
        v.array(v.object({ type: text, status: text, reason: field(text), message: field(text) })),
      ),
      daemonEndpoints: field(
        v.object({ kubeletEndpoint: field(v.object({ Port: field(int32) })) }),
      ),
      nodeInfo: field(
        v.object({
          kubeletVersion: field(text),
          operatingSystem: field(text),
          containerRuntimeVersion: field(text),
        }),
      ),
      declaredFeatures: field(v.array(text)),
    }),
  ),
});

const containerPort = v.object({
  name: field(text),
  containerPort: v.number(),
  protocol: field(text),
});

const containers = field(
  v.array(
    v.object({
      name: pathSegment,
      ports: field(v.array(containerPort)),
      stdin: field(v.boolean()),
      stdinOnce: field(v.boolean()),
      tty: field(v.boolean()),
    }),
  ),
);

const containerState = v.object({
  running: field(v.unknown()),
  terminated: field(v.object({ exitCode: v.number(), finishedAt: field(text) })),
});

export const pod = v.object({
  metadata: v.object({ name: pathSegment, namespace: pathSegment, annotations: field(textMap) }),
  spec: v.object({
    nodeName: field(text),
    containers,
    initContainers: containers,
    ephemeralContainers: containers,
  }),
  status: field(
    v.object({
      phase: field(text),
      containerStatuses: field(
        v.array(
          v.object({
            name: pathSegment,
            state: field(containerState),
            lastState: field(containerState),
          }),
        ),
      ),
    }),
  ),
});

const variables = field(
  v.array(
    v.object({
      name: text,
      value: field(text),
      valueFrom: field(v.object({ fieldRef: field(v.object({ fieldPath: text })) })),
    }),
  ),
);
const programs = field(
  v.array(
    v.object({
      image: field(text),
      command: field(texts),
      args: field(texts),
      env: variables,
      volumeMounts: field(
        v.array(v.object({ name: field(text), mountPath: field(text), subPath: field(text) })),
      ),
    }),
  ),
);
const filesOfConfigMap = field(
  v.object({
    name: field(text),
    items: field(v.array(v.object({ key: field(text), path: field(text) }))),
  }),
);
/** Where the files of containers come from. */
const volumes = field(
  v.array(
    v.object({
      name: field(text),
      configMap: filesOfConfigMap,
      secret: field(v.object({ secretName: field(text) })),
      hostPath: field(v.object({ path: field(text) })),
      projected: field(
        v.object({
          sources: field(
            v.array(
              v.object({
                configMap: filesOfConfigMap,
                secret: field(v.object({ name: field(text) })),
              }),
            ),
          ),
        }),
      ),
    }),
  ),
);
const runningAs = {
  serviceAccountName: field(text),
  serviceAccount: field(text),
  containers: programs,
  initContainers: programs,
  volumes,
};
const podTemplate = field(
  v.object({
    metadata: field(v.object({ labels: field(textMap) })),
    spec: field(v.object(runningAs)),
  }),
);

/** A pod, or what makes pods: whom they run as, and what. */
export const workload = v.object({
  metadata: v.object({ name: field(text), namespace: field(text), labels: field(textMap) }),
  status: field(
    v.object({
      startTime: field(text),
      conditions: field(v.array(v.object({ type: text, status: text }))),
    }),
  ),
  spec: field(
    v.object({
      ...runningAs,
      nodeName: field(text),
      template: podTemplate,
      jobTemplate: field(v.object({ spec: field(v.object({ template: podTemplate })) })),
    }),
  ),
});

export const configMap = v.object({ data: field(textMap) });

export const certificateSigningRequest = v.object({
  metadata: v.object({ name: pathSegment, creationTimestamp: field(text) }),
  spec: v.object({ signerName: text, username: field(text) }),
  status: field(
    v.object({ certificate: field(text), conditions: field(v.array(v.object({ type: text }))) }),
  ),
});

/** Of an API that another server serves. */
export const apiService = v.object({
  status: field(
    v.object({
      conditions: field(
        v.array(v.object({ type: text, status: text, reason: field(text), message: field(text) })),
      ),
    }),
  ),
});

/** What metrics-server has of nodes. */
export const nodeMetricsList = v.object({
  items: field(v.array(v.object({ metadata: v.object({ name: text }) }))),
});

/** A list as kubectl prints it: the first cell of each row is the name. */
export const table = v.object({ rows: field(v.array(v.object({ cells: v.array(v.unknown()) }))) });

/** A list without all but the metadata. */
export const partialObjectMetadataList = v.object({
  items: field(
    v.array(
      v.object({
        metadata: v.object({ name: field(text), namespace: field(text), labels: field(textMap) }),
      }),
    ),
  ),
});

export const clusterRoleBindingList = v.object({
  items: field(v.array(v.object({ subjects: field(v.array(rbacSubject)) }))),
});

/** Of SubjectAccessReview and SelfSubjectAccessReview. */
export const accessReview = v.object({
  status: v.object({ allowed: v.boolean(), reason: field(text) }),
});

export const selfSubjectReview = v.object({
  status: v.object({ userInfo: v.object({ username: field(text), groups: field(texts) }) }),
});

/** The token is sent in a header, and kept in memory. */
export const tokenRequest = v.object({
  spec: field(v.object({ expirationSeconds: field(v.number()) })),
  status: v.object({
    token: v.string().assert((token) => /^[!-~]{1,65536}$/.test(token), 'expected a token'),
    expirationTimestamp: text.assert((time) => !Number.isNaN(Date.parse(time)), 'expected a time'),
  }),
});

/** The response to a DELETE: a Status, or the object if something holds it back. */
export const deletion = v.object({ status: field(v.literal('Success')) });

export const status = v.object({
  kind: v.literal('Status'),
  message: field(text),
  reason: field(text),
});

/** How a command of exec ended, and what attach and port-forward have to say. */
export const streamStatus = v.object({
  status: v.union(v.literal('Success'), v.literal('Failure')),
  message: field(text),
  reason: field(text),
  details: field(
    v.object({ causes: field(v.array(v.object({ reason: field(text), message: field(text) }))) }),
  ),
});

export type ClusterRole = v.Infer<typeof clusterRole>;
export type ClusterRoleBinding = v.Infer<typeof clusterRoleBinding>;
export type RoleBinding = v.Infer<typeof roleBinding>;
export type Node = v.Infer<typeof node>;
export type Pod = v.Infer<typeof pod>;
export type Workload = v.Infer<typeof workload>;
export type CertificateSigningRequest = v.Infer<typeof certificateSigningRequest>;
export type Status = v.Infer<typeof status>;
export type StreamStatus = v.Infer<typeof streamStatus>;
