/** An IAM policy document in the form that AWS returns it: a list of statements, each with lists. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

/** One statement of an IAM policy. A trust policy has a principal and no resource; any other has it the other way round. */
export interface PolicyStatement {
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: { readonly Service: string } | { readonly AWS: string };
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** The document as JSON text, in the order of its statements. */
export function policyJson(...statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements } satisfies PolicyDocument);
}
