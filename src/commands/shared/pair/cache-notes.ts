import { denialTtl, permissionTtl } from '../../../kubelet/authorization-cache.ts';

/** After a grant. */
export const denialCacheNote = `kubelets cache denials for up to ${denialTtl}; retry if access is still forbidden`;

/** After a revoke. */
export const permissionCacheNote = `kubelets cache permissions for up to ${permissionTtl}; requests that they already allowed may succeed until then`;
