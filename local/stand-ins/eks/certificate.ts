/** Name of the authenticator's serving certificate in the local PKI; it is for 127.0.0.1. */
export const CERTIFICATE = "eks-authenticator";
