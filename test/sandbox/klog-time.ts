/** Formats a time like klog: `1128 13:06:44.000000`. */
export function klogTime(at: Date): string {
  const [date = '', time = ''] = at.toISOString().split(/[TZ]/);
  return `${date.slice(5).replace('-', '')} ${time}000`;
}
