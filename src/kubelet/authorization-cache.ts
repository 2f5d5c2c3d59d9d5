/**
 * How long a kubelet caches decisions of its webhook authorizer. These are the defaults of authorization.webhook.cacheUnauthorizedTTL and
 * cacheAuthorizedTTL in KubeletConfiguration, and of the flags --authorization-webhook-cache-unauthorized-ttl and
 * --authorization-webhook-cache-authorized-ttl. The time starts with the first request.
 */
export const denialTtlMs = 30_000;
export const denialTtl = '30s';
export const permissionTtlMs = 5 * 60_000;
export const permissionTtl = '5m';

export const denialCacheNote = `kubelets cache denials for up to ${denialTtl}; retry if access is still forbidden`;

export const permissionCacheNote = `kubelets cache permissions for up to ${permissionTtl}; requests that they already allowed may succeed until then`;
