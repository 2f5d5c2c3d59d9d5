import { formatSubresources, kubeletAttributes } from '../../kubelet/authorization.ts';
import { kubeletEndpoints } from '../../kubelet/endpoints.ts';
import { renderTable } from '../../text/table.ts';

/** What kubelets serve, and what the caller must be allowed for it: on 1.33 and later, and before. */
export function renderEndpoints(): string {
  const rows = kubeletEndpoints.map((endpoint) => {
    const needed = (minor: number) => {
      const { subresources } = kubeletAttributes(
        endpoint.methods[0] ?? 'GET',
        endpoint.path,
        minor,
      );
      return formatSubresources(subresources);
    };
    const since = endpoint.sinceMinor;
    return [
      endpoint.methods.join(','),
      endpoint.path,
      needed(37),
      since === undefined ? needed(31) : `since 1.${since}`,
      endpoint.returns,
    ];
  });
  return renderTable(['METHOD', 'PATH', 'NEEDS', 'BEFORE 1.33', 'RETURNS'], rows);
}
