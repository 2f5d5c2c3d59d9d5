/** A template of kubectl's `-o jsonpath`: text, and actions in braces. Source: k8s.io/client-go/util/jsonpath, node.go. */
export type Template = readonly TemplateNode[];

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number | bigint }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'field'; readonly name: string }
  /** `range` and `end`; no other is known. */
  | { readonly kind: 'identifier'; readonly name: string }
  | { readonly kind: 'slice'; readonly slice: Slice }
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'union'; readonly actions: readonly Action[] }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | Action;

/** Contents of one pair of braces: each node takes the values of the node before it. */
export interface Action {
  readonly kind: 'action';
  readonly nodes: readonly TemplateNode[];
}

/** `[START:END:STEP]`; `[2]` is `[2:3]`. */
export interface Slice {
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly step: number | undefined;
  /** Set where only an index is given, so that the end of `[-1]` is that of the list. */
  readonly isIndex: boolean;
}

/** `[?(LEFT OPERATOR RIGHT)]`; without an operator, what LEFT finds must exist. */
export interface Filter {
  readonly left: Action;
  readonly right: Action | undefined;
  readonly operator: string;
}

/** A template that cannot be parsed, or cannot be applied, in kubectl's words. */
export class TemplateError extends Error {}
