import { version } from '../../version.ts';

/** Returns manifests of a CronJob that deletes expired grants, because no cluster does so by itself. Source of docs/revoke-expired.yaml. */
export function revokeExpiredJob(): string {
  return `# Every ten minutes, removes access whose time (grant --for) is over. Put the image that you have in the place of registry.example.com.
apiVersion: v1
kind: Namespace
metadata:
  name: kubelet-access
  labels:
    pod-security.kubernetes.io/enforce: restricted
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: revoke-expired
  namespace: kubelet-access
---
# Deletes roles and bindings, and can give nobody anything.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: kubelet-access-revoke-expired
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles, clusterrolebindings]
    verbs: [get, list, delete]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: kubelet-access-revoke-expired
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: kubelet-access-revoke-expired
subjects:
  - kind: ServiceAccount
    name: revoke-expired
    namespace: kubelet-access
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: revoke-expired
  namespace: kubelet-access
spec:
  schedule: "*/10 * * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 0 # the next one tries again
      activeDeadlineSeconds: 300
      template:
        spec:
          serviceAccountName: revoke-expired
          restartPolicy: Never
          securityContext:
            runAsNonRoot: true
            runAsUser: 65532
            runAsGroup: 65532
            seccompProfile:
              type: RuntimeDefault
          containers:
            - name: revoke
              image: registry.example.com/kubectl-kubeletaccess:v${version}
              args: [revoke, --expired]
              resources:
                requests:
                  cpu: 50m
                  memory: 64Mi
              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop: [ALL]
`;
}
