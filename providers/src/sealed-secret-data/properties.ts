/** What to seal, and for whom; see the resource class `SealedSecretData`. */
export interface SealedSecretDataInputs {
  readonly namespace: string;
  readonly name: string;
  /** PEM. */
  readonly certificate: string;
  /** Secret. */
  readonly data: Readonly<Record<string, string>>;
}

/** What the state keeps. The plaintext is not repeated here. */
export interface SealedSecretDataOutputs {
  /** The sealed values by key, base64. */
  readonly encryptedData: Readonly<Record<string, string>>;
  /** What the values were sealed for. */
  readonly sealedFor: Recipient;
  /**
   * By key, the HMAC-SHA256 of the plaintext under `fingerprintKey`, hexadecimal: tells whether a value has changed. A bare
   * hash would tell anyone who reads the state whether a guess is right, and not every value is too long to be guessed.
   */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Secret: 32 random bytes, base64, drawn once per resource. */
  readonly fingerprintKey: string;
}

/** Who can unseal: the controller with the certificate's key, for the Secret of this name in this namespace. */
export interface Recipient {
  readonly namespace: string;
  readonly name: string;
  /** SHA-256 of the certificate (DER), hexadecimal. */
  readonly certificate: string;
}
