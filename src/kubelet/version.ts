/** The minor version in `v1.37.2`, `v1.31.14+k3s1`, `1.30`; undefined for anything else. */
export function minorVersion(text: string | undefined): number | undefined {
  const match = /^v?1\.(\d+)/.exec(text ?? '');
  return match ? Number(match[1]) : undefined;
}
