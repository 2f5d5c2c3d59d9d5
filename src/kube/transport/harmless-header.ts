/** Headers whose values are never secrets. Any other header may hold one, whatever its name. */
const names =
  /^(?:accept(?:-charset|-encoding|-language)?|cache-control|content-(?:type|length)|host|if-.*|impersonate-.*|range|user-agent)$/i;

export function isHarmlessHeader(name: string): boolean {
  return names.test(name);
}
