/** Whether GKE Autopilot denies all requests for this resource, even to admins of the cluster. */
export function isManaged(resource: string): boolean {
  return resource === 'nodes/proxy';
}

export const wardenReason =
  'GKE Warden authz [denied by managed-namespaces-limitation]: cluster scoped resource "nodes/proxy" is managed and access is denied';
