/** The resource that GKE Autopilot keeps from everybody, admins of the cluster included. */
export function isManaged(resource: string): boolean {
  return resource === 'nodes/proxy';
}

/** Its reason, as the API server passes it on. */
export const wardenReason =
  'GKE Warden authz [denied by managed-namespaces-limitation]: cluster scoped resource "nodes/proxy" is managed and access is denied';
