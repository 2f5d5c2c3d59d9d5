/** A template of kubectl's `-o jsonpath`: a text or an action in braces each. Source: k8s.io/client-go/util/jsonpath, node.go. */
export type Template = readonly TemplateNode[];

/** Values that a node of a template found. */
export type Found = readonly unknown[];

/** Finds values in the values of the node before it. Throws a TemplateError. */
export type TemplateNode = (values: Found, ranges: Ranges) => Found;

/** Where `range` and `end` are, which are nodes like others: where a range ends is known only once its nodes were applied. */
export interface Ranges {
  /** Ranges that begin with the current node. */
  begins: number;
  /** Ranges around the current node. */
  depth: number;
  /** Ranges that end with the current node. */
  ends: number;
}

/** A template that cannot be parsed, or cannot be applied, in kubectl's words. */
export class TemplateError extends Error {
  /** False when kubectl returns no value with the error: a filter without an operator then drops the item. */
  readonly hasValue: boolean;

  constructor(message: string, hasValue = true) {
    super(message);
    this.hasValue = hasValue;
  }
}
