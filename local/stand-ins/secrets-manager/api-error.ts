/** An error as the API words it: the SDKs tell errors by `type`. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  /**
   * @param type such as `ResourceNotFoundException`
   * @param message shown to the caller; never holds a secret
   */
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}
