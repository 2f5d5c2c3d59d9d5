/** Whether labels match a selector. Supports only equality and existence, as in `a=b,c`. */
export function hasLabels(labels: Readonly<Record<string, string>>, selector: string): boolean {
  return selector
    .split(',')
    .filter(Boolean)
    .every((term) => {
      const [, not, key = '', operator, value] = /^(!?)([^!=]*)(?:(!=|==?)(.*))?$/.exec(term) ?? [];
      if (operator === undefined) return key in labels === (not === '');
      return (labels[key] === value) === (operator !== '!=');
    });
}
