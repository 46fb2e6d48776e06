/** Which definitions to install, and where; see the resource class `CustomResourceDefinitions`. */
export interface CustomResourceDefinitionsInputs {
  readonly manifests: string;
  readonly sha256: string;
  readonly kubeconfig: string;
}

/** What the state keeps of them. */
export interface CustomResourceDefinitionsOutputs extends CustomResourceDefinitionsInputs {
  /** Every definition that was applied, sorted. */
  readonly names: readonly string[];
  /** Those that a refresh did not find. */
  readonly missing: readonly string[];
}
